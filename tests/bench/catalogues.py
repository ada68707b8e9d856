"""A catalogue of any size from the demo's texts: sentences of a category put together anew, and rare words.

Texts are streamed into the database; search rows and vocabulary are made there.

The same number gives the same catalogue.
"""

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import psycopg

from accounts.models import SellerProfile, User
from listings.models import Category, Listing, ListingStatus, PromptVersion, Tag, TargetModel
from listings.search.planning import BEST_ROWS, TOP_ROWS
from listings.search.rows import CONFIGURATIONS, DOCUMENT, EVERYTHING, filter_term
from listings.search.text import indexed_tokens, surfaces, tokens
from listings.search.vocabulary import words_add
from marketplace.demo.seeding import catalogue
from tests.bench.bulk import indexes_later, next_id, rows_copy, sequences_set, triggers_off
from tests.factories import CategoryFactory, ListingFactory, TagFactory, TargetModelFactory

RARE_WORDS = 120_000
TAGS = 400
LISTINGS_PER_SELLER = 50
SENTENCES = 3
CHUNK = 20_000
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or", "il")]
_TABLES = [
    *("listings_listing", "listings_promptversion", "listings_listing_tags", "listings_listingsearch"),
    *("listings_searchlexeme", "listings_searchword"),
]
_STAGING = """
    CREATE UNLOGGED TABLE bench_row (
        n integer, seller integer, model integer, category integer, language text, price integer,
        sales integer, ratings integer, stars integer, published timestamptz, tag_ids integer[], title text,
        summary text, description text, title_tokens text, summary_tokens text, facts_tokens text,
        description_tokens text, terms text[])"""
_SEARCH = """
    INSERT INTO listings_listingsearch (listing_id, published_at, model_id, category_id, price_amount,
        sales_count, stars, rating, quality, trending, tier, sampled, language, document)
    SELECT id, published, model, category, price, sales, listings_search_stars(stars, ratings),
        listings_search_rating(stars, ratings), quality, trending,
        CASE WHEN place <= {top} THEN -1 WHEN place <= {best} THEN 0 ELSE 1 END,
        listings_search_sampled(id), language,
        {document}
    FROM (
        SELECT *, row_number() OVER (ORDER BY quality DESC) AS place FROM (
        SELECT {first} + n AS id, *,
            listings_search_quality(sales, price, stars, ratings, published) AS quality,
            (extract(epoch FROM published - timestamptz '2026-01-01 00:00Z') / 259200 + ln(5 + sales))::real
                AS trending,
            CASE language WHEN 'en' THEN '{english}' ELSE '{french}' END AS configuration
        FROM bench_row
        ) AS figured
    ) AS row"""
_LEXEMES = """
    INSERT INTO listings_searchlexeme (lexeme, documents)
    SELECT lexeme, count(*) FROM listings_listingsearch, unnest(tsvector_to_array(document)) AS lexeme
    GROUP BY 1"""
_WORDS = """
    UPDATE listings_searchword SET documents = counted.documents FROM (
        SELECT word, max(lexeme.documents) AS documents
        FROM (SELECT word, unnest(lexemes) AS lexeme FROM listings_searchword) AS single
        JOIN listings_searchlexeme AS lexeme USING (lexeme) GROUP BY word
    ) AS counted WHERE counted.word = listings_searchword.word"""


@dataclass(frozen=True)
class Text:
    """A piece of text and what it is found by."""

    shown: str
    tokens: str


class Author:
    """Writes listings out of the demo's sentences."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        seeds = catalogue.listings()
        self.seeds = [(each, str(each.data.get("language", "en"))[:2]) for each in seeds]
        self.sentences = {
            code: {name: self._sentences(name, code) for name in {each.category for each in seeds}}
            for code in ("en", "fr")
        }
        self.rare = list(dict.fromkeys(self._word() for _ in range(RARE_WORDS)))
        self.rarity = list(accumulate(1 / (20 + rank) for rank in range(len(self.rare))))

    def _word(self) -> str:
        return "".join(self.chance.choice(_SYLLABLES) for _ in range(self.chance.choice((3, 3, 4))))

    def _sentences(self, category: str, language: str) -> list[Text]:
        found = [
            Text(sentence.strip(), " ".join(indexed_tokens(sentence, language)))
            for each, code in self.seeds
            if each.category == category and code == language
            for sentence in f"{each.data['summary']} {each.data['description']}".split(". ")
            if sentence.strip()
        ]
        return found or [Text("-", "")]

    def rare_words(self, count: int) -> list[str]:
        return self.chance.choices(self.rare, cum_weights=self.rarity, k=count)


def catalogue_build(connection: psycopg.Connection, count: int) -> None:
    """Fill an empty, migrated database with `count` published listings, indexed, vacuumed and analyzed."""
    began = time.monotonic()
    author = Author(count)
    models = {m.slug: m for m in TargetModel.objects.all()} | {
        slug: TargetModelFactory(slug=slug)
        for slug in {str(each.data["model"]) for each, _ in author.seeds}
        if not TargetModel.objects.filter(slug=slug).exists()
    }
    categories = {each.category: CategoryFactory(slug=each.category) for each, _ in author.seeds}
    tags = [TagFactory(slug=f"{author.rare[number]}") for number in range(TAGS)]
    example = ListingFactory(status=ListingStatus.PUBLISHED)
    sellers = max(count // LISTINGS_PER_SELLER, 1)
    first = {model: next_id(connection, model) for model in (User, SellerProfile, Listing, PromptVersion)}
    connection.execute(
        "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'"
    )
    connection.execute(_STAGING)
    with connection.cursor() as cursor, cursor.copy("COPY bench_row FROM STDIN") as copy:
        copy.set_types(
            [
                "int4",
                "int4",
                "int4",
                "int4",
                "text",
                "int4",
                "int4",
                "int4",
                "int4",
                "timestamptz",
                "int4[]",
                "text",
                "text",
                "text",
                "text",
                "text",
                "text",
                "text",
                "text[]",
            ]
        )
        for row in _rows(author, count, sellers, first[SellerProfile], models, categories, tags, began):
            copy.write_row(row)
    _progress("texts are in", began)
    with triggers_off(connection, _TABLES), indexes_later(connection, _TABLES):
        _tables_fill(connection, example, first, sellers)
        _progress("listings are in", began)
        columns = ("title_tokens", "summary_tokens", "facts_tokens", "description_tokens")
        document = DOCUMENT.format(
            configuration="configuration",
            terms="terms",
            **{name.removesuffix("_tokens"): name for name in columns},
        )
        connection.execute(
            _SEARCH.format(
                best=BEST_ROWS,
                top=TOP_ROWS,
                first=first[Listing],
                english=CONFIGURATIONS["en"],
                french=CONFIGURATIONS["fr"],
                document=document,
            )
        )
        _progress("search rows are in; now the vocabulary", began)
        connection.execute("TRUNCATE listings_searchchange, listings_searchlexeme, listings_searchword")
        connection.execute(_LEXEMES)
        words_add(_shown_words(author))
        connection.execute(_WORDS)
        _progress("the vocabulary is in; now the indexes", began)
    connection.execute("DROP TABLE bench_row")
    sequences_set(connection, [User, SellerProfile, Listing, PromptVersion])
    connection.execute("VACUUM (FREEZE, ANALYZE)")
    _progress("done, vacuumed and analyzed", began)


def _rows(author, count, sellers, first_seller, models, categories, tags, began) -> Iterator[tuple]:
    chance = author.chance
    facts = {
        (model, category): " ".join(tokens(f"{m.name} {m.provider} {c.name} {c.name_fr}"))
        for model, m in models.items()
        for category, c in categories.items()
    }
    for n in range(count):
        seed, language = author.seeds[min(int(chance.expovariate(1) * 40), len(author.seeds) - 1)]
        model, category = str(seed.data["model"]), seed.category
        about = chance.sample(
            author.sentences[language][category], min(SENTENCES, len(author.sentences[language][category]))
        )
        rare = author.rare_words(6)
        title = f"{seed.data['title']} {rare[0]} {rare[1]}"
        chosen = chance.sample(tags, 2)
        ratings = int(chance.paretovariate(1.2)) - 1 if chance.random() < 0.4 else 0
        yield (
            n,
            first_seller + n % sellers,
            models[model].pk,
            categories[category].pk,
            language,
            0 if chance.random() < 0.08 else chance.choice((300, 399, 499, 699, 999, 1499, 2900)) + n % 50,
            min(int(chance.paretovariate(0.9)) - 1, 50_000),
            min(ratings, 5_000),
            round(min(ratings, 5_000) * chance.choice((3.4, 4.1, 4.6, 5))),
            f"{2023 + n % 3}-{n % 12 + 1:02}-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:{n // 60 % 60:02}Z",
            [tag.pk for tag in chosen],
            title[:170],
            about[0].shown[:160],
            ". ".join(text.shown for text in about),
            f"{' '.join(indexed_tokens(str(seed.data['title']), language))} {rare[0]} {rare[1]}",
            about[0].tokens,
            f"{facts[model, category]} {chosen[0].slug} {chosen[1].slug}",
            " ".join([*(text.tokens for text in about), *rare[2:]]),
            [
                EVERYTHING,
                filter_term("m", models[model].pk),
                filter_term("d", models[model].modality),
                filter_term("c", categories[category].pk),
                filter_term("s", first_seller + n % sellers),
                filter_term("l", language),
                *(filter_term("t", tag.pk) for tag in chosen),
            ],
        )
        if n % CHUNK == 0:
            _progress(f"{n:,} of {count:,} texts", began)


def _tables_fill(connection: psycopg.Connection, example: Listing, first: dict, sellers: int) -> None:
    def copied(model: type, pk: int, source: str, columns: dict[str, str]) -> None:
        table = model._meta.db_table
        chosen = f"(SELECT * FROM {table} WHERE id = {pk})"
        rows_copy(connection, model, source=source, example=chosen, columns=columns)

    numbers = f"generate_series(0, {sellers - 1}) AS source(n)"
    user, profile = first[User], first[SellerProfile]
    names = {"id": f"{user} + n", "email": "'bench-' || n || '@example.test'", "handle": "'bench-' || n"}
    copied(User, example.seller.user_id, numbers, names)
    seller = {
        "id": f"{profile} + n",
        "user_id": f"{user} + n",
        "handle": "'bench-' || n",
        "name": "'Bench ' || n",
    }
    copied(SellerProfile, example.seller_id, numbers, seller)
    copied(
        Listing,
        example.pk,
        "bench_row AS source",
        {
            "id": f"{first[Listing]} + n",
            "seller_id": "seller",
            "slug": "'bench-' || n",
            "title": "source.title",
            "summary": "source.summary",
            "description": "source.description",
            "model_id": "model",
            "category_id": "category",
            "language": "source.language",
            "price_amount": "price",
            "sales_count": "sales",
            "rating_count": "ratings",
            "rating_sum": "stars",
            "published_at": "published",
            "published_version_id": f"{first[PromptVersion]} + n",
        },
    )
    version = {"id": f"{first[PromptVersion]} + n", "listing_id": f"{first[Listing]} + n"}
    copied(PromptVersion, example.published_version_id, "bench_row AS source", version)
    connection.execute(
        "INSERT INTO listings_listing_tags (listing_id, tag_id) "
        f"SELECT {first[Listing]} + n, unnest(tag_ids) FROM bench_row"
    )


def _shown_words(author: Author) -> Iterator[str]:
    yield from author.rare
    for each, _ in author.seeds:
        yield from surfaces(
            f"{each.data['title']} {each.data['summary']} {each.data['description']}"
        ).values()
    for model in TargetModel.objects.all():
        yield from tokens(f"{model.name} {model.provider}")
    for category in Category.objects.all():
        yield from surfaces(f"{category.name} {category.name_fr}").values()
    yield from Tag.objects.values_list("slug", flat=True)


def _progress(what: str, began: float) -> None:
    end = "\n" if "texts" not in what or "in" in what.split() else "\r"
    sys.stderr.write(f"  {time.monotonic() - began:6.0f} s  {what:60}{end}")
    sys.stderr.flush()
