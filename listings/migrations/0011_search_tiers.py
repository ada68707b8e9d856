"""Search rows with what is sorted and filtered by, the vocabulary beside them, and the trigger that follows."""

import common.clock
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
import listings.models.search
from django.db import migrations, models


CONFIGURATIONS = """
CREATE TEXT SEARCH DICTIONARY promptfair_english_stem (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH DICTIONARY promptfair_french_stem (TEMPLATE = snowball, LANGUAGE = french);
CREATE TEXT SEARCH CONFIGURATION promptfair_english (COPY = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION promptfair_french (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION promptfair_english
    ALTER MAPPING FOR asciiword, word WITH promptfair_english_stem;
ALTER TEXT SEARCH CONFIGURATION promptfair_french
    ALTER MAPPING FOR asciiword, word WITH promptfair_french_stem;
"""
NO_CONFIGURATIONS = """
DROP TEXT SEARCH CONFIGURATION promptfair_english;
DROP TEXT SEARCH CONFIGURATION promptfair_french;
DROP TEXT SEARCH DICTIONARY promptfair_english_stem;
DROP TEXT SEARCH DICTIONARY promptfair_french_stem;
"""
# A figure that trends is followed when it has moved by a tenth: each change is written to every index of the row.
# Freshness halves every two years: 0.35 is ln 2 / 2, times years since 2026. As it grows for all alike, time alone
# changes no order. What was taken for nothing counts a fifth of what was paid for.
FIGURES = """
CREATE FUNCTION listings_search_stars(rating_sum integer, rating_count integer) RETURNS real
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN rating_count = 0 THEN 0 ELSE rating_sum / rating_count::real END
$$;
CREATE FUNCTION listings_search_rating(rating_sum integer, rating_count integer) RETURNS real
    LANGUAGE sql IMMUTABLE AS $$ SELECT (rating_sum + 12) / (rating_count + 3)::real $$;
CREATE FUNCTION listings_search_quality(
    sales_count integer, price_amount integer, rating_sum integer, rating_count integer, published_at timestamptz
) RETURNS real LANGUAGE sql STABLE AS $$
    SELECT (0.35 * ln(1 + sales_count * CASE WHEN price_amount = 0 THEN 0.2 ELSE 1 END)
            + 0.5 * (listings_search_rating(rating_sum, rating_count) - 4)
            + 0.35 * extract(epoch FROM published_at - timestamptz '2026-01-01 00:00Z') / 31557600)::real
$$;
CREATE FUNCTION listings_search_sampled(id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (id * 7919 % 100003) % 50 = 0
$$;
CREATE FUNCTION listings_search_trending(listing_id bigint, published_at timestamptz) RETURNS real
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT trending FROM listings_listingstats AS stats WHERE stats.listing_id = $1),
        extract(epoch FROM $2 - timestamptz '2026-01-01 00:00Z') / 259200 + ln(5))::real
$$;
CREATE FUNCTION listings_search_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE listings_listingsearch SET
        published_at = NEW.published_at,
        price_amount = NEW.price_amount,
        sales_count = NEW.sales_count,
        stars = listings_search_stars(NEW.rating_sum, NEW.rating_count),
        rating = listings_search_rating(NEW.rating_sum, NEW.rating_count),
        quality = listings_search_quality(
            NEW.sales_count, NEW.price_amount, NEW.rating_sum, NEW.rating_count, NEW.published_at)
    WHERE listing_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_follow AFTER UPDATE OF price_amount, sales_count, rating_sum, rating_count, published_at
    ON listings_listing FOR EACH ROW
    WHEN ((OLD.price_amount, OLD.sales_count, OLD.rating_sum, OLD.rating_count, OLD.published_at)
          IS DISTINCT FROM
          (NEW.price_amount, NEW.sales_count, NEW.rating_sum, NEW.rating_count, NEW.published_at))
    EXECUTE FUNCTION listings_search_follow();
CREATE FUNCTION listings_search_trend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE listings_listingsearch SET trending = NEW.trending
    WHERE listing_id = NEW.listing_id AND abs(trending - NEW.trending) > 0.1;
    RETURN NULL;
END $$;
CREATE TRIGGER search_trend AFTER INSERT OR UPDATE OF trending ON listings_listingstats
    FOR EACH ROW EXECUTE FUNCTION listings_search_trend();
"""
NO_FIGURES = """
DROP TRIGGER search_trend ON listings_listingstats;
DROP FUNCTION listings_search_trend();
DROP TRIGGER search_follow ON listings_listing;
DROP FUNCTION listings_search_follow();
DROP FUNCTION listings_search_sampled(bigint);
DROP FUNCTION listings_search_trending(bigint, timestamptz);
DROP FUNCTION listings_search_quality(integer, integer, integer, integer, timestamptz);
DROP FUNCTION listings_search_rating(integer, integer);
DROP FUNCTION listings_search_stars(integer, integer);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0010_featured_collections'),
    ]

    operations = [
        migrations.DeleteModel('ListingSearch'),
        migrations.CreateModel(
            name='SearchChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('removed', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('created_at', models.DateTimeField(default=common.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='SearchLexeme',
            fields=[
                ('lexeme', models.TextField(primary_key=True, serialize=False)),
                ('documents', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('word', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('shown', models.CharField(help_text='With its accents.', max_length=40)),
                ('lexemes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), help_text='As it is, stemmed in English, in French.', size=None)),
                ('documents', models.IntegerField()),
                ('deletions', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='See listings.search.spelling.', size=None)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['deletions'], name='search_word_deletions'), django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['lexemes'], name='search_word_lexemes'), models.Index(django.db.models.functions.text.Left('word', 1), models.OrderBy(models.F('documents'), descending=True), name='search_word_1'), models.Index(django.db.models.functions.text.Left('word', 2), models.OrderBy(models.F('documents'), descending=True), name='search_word_2'), models.Index(django.db.models.functions.text.Left('word', 3), models.OrderBy(models.F('documents'), descending=True), name='search_word_3')],
            },
        ),
        migrations.CreateModel(
            name='ListingSearch',
            fields=[
                ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search', serialize=False, to='listings.listing')),
                ('published_at', models.DateTimeField()),
                ('price_amount', models.PositiveIntegerField()),
                ('sales_count', models.PositiveIntegerField()),
                ('stars', listings.models.search.RealField(help_text='The average, 0 without reviews.')),
                ('rating', listings.models.search.RealField(help_text='The average drawn towards 4 as if by three more reviews.')),
                ('quality', listings.models.search.RealField(help_text='Sales, rating and freshness as one figure; docs/search.md.')),
                ('trending', listings.models.search.RealField(help_text='ListingStats.trending, followed roughly.')),
                ('tier', models.SmallIntegerField(default=1)),
                ('sampled', models.BooleanField(help_text='One in fifty, by which large results are estimated.')),
                ('language', models.CharField(max_length=5)),
                ('document', django.contrib.postgres.search.SearchVectorField()),
                ('category', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='listings.category')),
                ('model', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='listings.targetmodel')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['document'], name='search_document'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('tier', 0)), fastupdate=False, fields=['document'], name='search_best'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('sampled', True)), fastupdate=False, fields=['document'], name='search_sample'), models.Index(condition=models.Q(('sampled', True)), fields=['model', 'category', 'language', 'price_amount', 'stars'], name='search_sample_facts'), models.Index(models.OrderBy(models.F('quality'), descending=True), models.OrderBy(models.F('listing'), descending=True), name='search_quality'), models.Index(condition=models.Q(('tier', 0)), fields=['quality'], name='search_best_quality'), models.Index(models.OrderBy(models.F('published_at'), descending=True), models.OrderBy(models.F('listing'), descending=True), name='search_newest'), models.Index(models.OrderBy(models.F('sales_count'), descending=True), models.OrderBy(models.F('listing'), descending=True), name='search_sales'), models.Index(models.OrderBy(models.F('rating'), descending=True), models.OrderBy(models.F('listing'), descending=True), name='search_rating'), models.Index(models.OrderBy(models.F('trending'), descending=True), models.OrderBy(models.F('listing'), descending=True), name='search_trending'), models.Index(models.F('price_amount'), models.F('listing'), name='search_price')],
            },
        ),
        migrations.RunSQL(CONFIGURATIONS, NO_CONFIGURATIONS),
        migrations.RunSQL(FIGURES, NO_FIGURES),
    ]
