"""A stamp of all that anyone may see, so that copies of pages can be kept exactly as long as they are true."""

from django.db import migrations, models

# Any change of these is seen by anyone. Versions on sale and their examples cannot change: they are sealed.
WATCHED = [
    *("accounts_sellerprofile", "listings_category", "listings_collection", "listings_collectionitem"),
    *("listings_listing_tags", "listings_listingsearch", "listings_searchlexeme", "listings_searchword"),
    *("listings_tag", "listings_targetmodel"),
]
NOTE = """
CREATE FUNCTION listings_public_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listings_publicchange (token) VALUES ((random() * 9007199254740992)::bigint);
    RETURN NULL;
END $$;
CREATE TRIGGER public_listing_made AFTER INSERT ON listings_listing
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION listings_public_change();
CREATE TRIGGER public_listing_changed AFTER UPDATE ON listings_listing
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.* AND (OLD.published_at IS NOT NULL OR NEW.published_at IS NOT NULL))
    EXECUTE FUNCTION listings_public_change();
CREATE TRIGGER public_listing_gone AFTER DELETE ON listings_listing
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION listings_public_change();
CREATE TRIGGER public_name AFTER UPDATE OF display_name, handle, is_active ON accounts_user
    FOR EACH ROW WHEN ((OLD.display_name, OLD.handle, OLD.is_active)
                       IS DISTINCT FROM (NEW.display_name, NEW.handle, NEW.is_active))
    EXECUTE FUNCTION listings_public_change();
"""
NO_NOTE = """
DROP TRIGGER public_name ON accounts_user;
DROP TRIGGER public_listing_gone ON listings_listing;
DROP TRIGGER public_listing_changed ON listings_listing;
DROP TRIGGER public_listing_made ON listings_listing;
DROP FUNCTION listings_public_change();
"""


def watched(table):
    name = f"public_{table.partition('_')[2]}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION listings_public_change()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_notice_preferences'),
        ('listings', '0018_sellers_views_by_day'),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(NOTE, NO_NOTE),
        *(watched(table) for table in WATCHED),
    ]
