"""A published listing and what anyone may know of it. A prompt's text is never loaded here."""

import datetime
from dataclasses import dataclass, field

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common import clock
from common.errors import NotFound
from listings.models import ExampleOutput, Listing, ListingStatus, PromptVersion
from listings.queries.cards import ListingCard, cards_of
from listings.queries.filters import published_listings
from listings.templating import TemplateVariable

_SIMILAR_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class PublicVersion:
    """What anyone may know of a published version."""

    number: int
    published_at: datetime.datetime | None
    word_count: int
    changelog: str
    variables: list[TemplateVariable]
    examples: list[ExampleOutput] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SellerFacts:
    """A storefront in figures, over what it has on sale."""

    listings_count: int
    sales_count: int
    rating_count: int
    rating_average: float | None


def public_listing(slug: str) -> Listing:
    """A published listing with model, category, seller and tags. Raises NotFound for every other status."""
    listing = (
        published_listings()
        .select_related("model", "category", "seller", "remixed_from__seller")
        .prefetch_related("tags")
        .filter(slug=slug)
        .first()
    )
    if listing is None:
        raise NotFound(_("There is no such prompt on sale."), code="listing_not_found")
    return listing


def public_version(listing: Listing) -> PublicVersion:
    """The version on sale, with its examples: two queries. The listing must have been published."""
    version = PromptVersion.objects.only(
        "number", "published_at", "word_count", "changelog", "variables"
    ).get(pk=listing.published_version_id or 0)
    return PublicVersion(
        number=version.number,
        published_at=version.published_at,
        word_count=version.word_count,
        changelog=version.changelog,
        variables=[TemplateVariable.from_dict(variable) for variable in version.variables],
        examples=list(
            ExampleOutput.objects.filter(version=version).select_related("picture").order_by("position")
        ),
    )


def is_stale(listing: Listing, recorded_at: datetime.datetime | None) -> bool:
    """Whether the model has moved on since the version was recorded, or its seller last said it works."""
    released_at = listing.model.released_at
    known = [at for at in (recorded_at, listing.attested_at) if at is not None]
    return released_at is not None and bool(known) and max(known) < released_at <= clock.now()


def similar_listings(listing: Listing, limit: int = 4) -> list[ListingCard]:
    """Others like it: shared tags count most, then the category, then the model; popularity breaks ties.

    Looks among the best sellers of its category and its tags only, so that the cost has a bound.
    """
    # An empty list would make Django leave the whole query out.
    tag_ids = [tag.pk for tag in listing.tags.all()] or [0]
    near = published_listings().exclude(pk=listing.pk).order_by("-sales_count", "-pk").values("pk")
    in_category = near.filter(category=listing.category_id)[:_SIMILAR_CANDIDATES]
    with_tag = Listing.tags.through.objects.filter(
        tag__in=tag_ids, listing__status=ListingStatus.PUBLISHED
    ).exclude(listing=listing.pk)
    tagged = with_tag.order_by("-listing_id").values("listing_id")[:_SIMILAR_CANDIDATES]
    same_category = Case(When(category=listing.category_id, then=2), default=0, output_field=IntegerField())
    same_model = Case(When(model=listing.model_id, then=1), default=0, output_field=IntegerField())
    closeness = Value(3) * Count("tags", filter=Q(tags__in=tag_ids)) + same_category + same_model
    candidates = Listing.objects.filter(Q(pk__in=in_category) | Q(pk__in=tagged))
    return cards_of(
        candidates.annotate(closeness=closeness).order_by("-closeness", "-sales_count", "-pk")[:limit]
    )


def seller_facts(seller: SellerProfile) -> SellerFacts:
    sums = (
        published_listings()
        .filter(seller=seller)
        .aggregate(
            listings=Count("pk"),
            sales=Sum("sales_count"),
            ratings=Sum("rating_count"),
            stars=Sum("rating_sum"),
        )
    )
    ratings = sums["ratings"] or 0
    return SellerFacts(
        listings_count=sums["listings"],
        sales_count=sums["sales"] or 0,
        rating_count=ratings,
        rating_average=round(sums["stars"] / ratings, 2) if ratings else None,
    )
