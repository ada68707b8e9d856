from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from common import clock
from listings.models.listing import Listing
from listings.models.vocabulary import Category, TargetModel

# The best listings, and the very best among them, have indexes of their own; docs/search.md.
TOP_TIER, BEST_TIER, OTHER_TIER = -1, 0, 1


class RealField(models.FloatField):  # type: ignore[type-arg]
    """A float of four bytes."""

    def db_type(self, connection: Any) -> str:
        return "real"


class ListingSearch(models.Model):
    """The narrow search row of a published listing. Made of public fields only, never of a prompt's text.

    `listings.search.rows` writes it, and a trigger follows price, sales and ratings.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="search")
    published_at = models.DateTimeField()
    model = models.ForeignKey(TargetModel, models.DO_NOTHING, db_constraint=False, db_index=False)
    category = models.ForeignKey(Category, models.DO_NOTHING, db_constraint=False, db_index=False)
    price_amount = models.PositiveIntegerField()
    sales_count = models.PositiveIntegerField()
    stars = RealField(help_text="The average, 0 without reviews.")
    rating = RealField(help_text="The average drawn towards 4 as if by three more reviews.")
    quality = RealField(help_text="Sales, rating and freshness as one figure; docs/search.md.")
    trending = RealField(help_text="ListingStats.trending, followed roughly.")
    tier = models.SmallIntegerField(default=OTHER_TIER)
    sampled = models.BooleanField(help_text="One in fifty, by which large results are estimated.")
    language = models.CharField(max_length=5)
    document = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["document"], name="search_document", fastupdate=False),
            GinIndex(fields=["document"], name="search_top", fastupdate=False, condition=Q(tier=TOP_TIER)),
            GinIndex(
                fields=["document"], name="search_best", fastupdate=False, condition=Q(tier__lte=BEST_TIER)
            ),
            GinIndex(fields=["document"], name="search_sample", fastupdate=False, condition=Q(sampled=True)),
            models.Index(
                fields=["model", "category", "language", "price_amount", "stars"],
                name="search_sample_facts",
                condition=Q(sampled=True),
            ),
            models.Index(F("quality").desc(), F("listing").desc(), name="search_quality"),
            # For the job alone: by a bound that holds for every row, no search may take it for its own.
            models.Index(
                fields=["quality"],
                name="search_best_quality",
                condition=Q(tier__lte=BEST_TIER, quality__lt=1_000_000),
            ),
            models.Index(F("published_at").desc(), F("listing").desc(), name="search_newest"),
            models.Index(F("sales_count").desc(), F("listing").desc(), name="search_sales"),
            models.Index(F("rating").desc(), F("listing").desc(), name="search_rating"),
            models.Index(F("trending").desc(), F("listing").desc(), name="search_trending"),
            models.Index("price_amount", "listing", name="search_price"),
        ]

    def __str__(self) -> str:
        return f"search row of listing {self.listing_id}"


class SearchLexeme(models.Model):
    """In how many documents a lexeme stands: what queries are planned by. Kept up by the vocabulary job."""

    lexeme = models.TextField(primary_key=True)
    documents = models.IntegerField()

    def __str__(self) -> str:
        return self.lexeme


class SearchWord(models.Model):
    """A word as people write it in public texts: completes what is typed and mends what is mistyped."""

    word = models.CharField(max_length=40, primary_key=True)
    shown = models.CharField(max_length=40, help_text="With its accents.")
    lexemes = ArrayField(models.TextField(), help_text="As it is, stemmed in English, in French.")
    documents = models.IntegerField()
    deletions = ArrayField(models.IntegerField(), help_text="See listings.search.spelling.")

    class Meta:
        indexes = [
            GinIndex(fields=["deletions"], name="search_word_deletions", fastupdate=False),
            GinIndex(fields=["lexemes"], name="search_word_lexemes", fastupdate=False),
            *(
                models.Index(Left("word", length), F("documents").desc(), name=f"search_word_{length}")
                for length in (1, 2, 3)
            ),
        ]

    def __str__(self) -> str:
        return self.word


class SearchChange(models.Model):
    """What a written or deleted search row adds to the vocabulary and takes from it, until it is counted."""

    added = ArrayField(models.TextField())
    removed = ArrayField(models.TextField())
    words = ArrayField(models.TextField())
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"search change {self.pk}"
