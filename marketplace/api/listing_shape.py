"""The shape of a listing in every answer, and the one query behind it. The prompt's text is never loaded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import SellerProfile, User
from listings.models import (
    Category,
    ExampleOutput,
    Listing,
    ListingStatus,
    Modality,
    Picture,
    PromptVersion,
    RevisionStatus,
    TargetModel,
)
from listings.models.listing import License
from listings.queries.revisions import Proposal, proposals_of
from listings.templating import VariableType
from marketplace.api.fields import Timestamp, shaped
from payments.queries import owned_listing_ids

EXPANDABLE = ("model", "category", "seller")
SECRET_FIELDS = ("text", "instructions", "text_hash")


class VariableSerializer(serializers.Serializer[Any]):
    """A blank of the prompt."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the shape names it so
    type = serializers.ChoiceField(choices=VariableType.choices)
    help = serializers.CharField()
    default = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()  # type: ignore[assignment]  # likewise
    minimum = serializers.IntegerField(required=False, help_text="Value, characters or choices at least.")
    maximum = serializers.IntegerField(required=False, help_text="Value, characters or choices at most.")


class ExampleSerializer(serializers.Serializer[ExampleOutput]):
    """A recorded sample: the values used and what came out."""

    values = serializers.DictField()
    output_text = serializers.CharField()
    image_url = serializers.SerializerMethodField()
    picture = serializers.CharField(
        source="picture.digest", allow_null=True, default=None, help_text="Names the picture in `PATCH`."
    )
    picture_alt = serializers.CharField(help_text="What the picture shows.")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_image_url(self, example: ExampleOutput) -> str | None:
        return picture_url(example.picture) if example.picture else None


class VersionSerializer(serializers.Serializer[PromptVersion]):
    """Public facts of a version."""

    number = serializers.IntegerField()
    published_at = Timestamp(allow_null=True)
    word_count = serializers.IntegerField()
    changelog = serializers.CharField()
    variables = VariableSerializer(many=True)


class SellerSerializer(serializers.Serializer[SellerProfile]):
    handle = serializers.CharField()
    name = serializers.CharField()


class RatingSerializer(serializers.Serializer[Any]):
    average = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()


class ProposalSerializer(serializers.Serializer[Proposal]):
    """New public text beside the one on sale, for its seller."""

    status = serializers.ChoiceField(
        source="revision.status", choices=RevisionStatus.choices, help_text="`draft` or `waiting`."
    )
    changes = serializers.DictField(source="revision.fields", help_text="The fields that would change.")
    submitted_at = Timestamp(source="revision.submitted_at", allow_null=True)
    reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="Why a moderator returned the last one, until it is sent again.",
    )


class ExpandedModelSerializer(serializers.Serializer[TargetModel]):
    slug = serializers.CharField()
    name = serializers.CharField()
    provider = serializers.CharField()
    modality = serializers.ChoiceField(choices=Modality.choices)


class ExpandedCategorySerializer(serializers.Serializer[Category]):
    slug = serializers.CharField()
    name = serializers.CharField(source="local_name")
    description = serializers.CharField(source="local_description")


class ExpandedSellerSerializer(serializers.Serializer[SellerProfile]):
    handle = serializers.CharField()
    name = serializers.CharField()
    bio = serializers.CharField(allow_blank=True)
    url = serializers.SerializerMethodField()

    def get_url(self, seller: SellerProfile) -> str:
        return f"{settings.PUBLIC_URL}{seller.get_absolute_url()}"


class ExpandedListingSerializer(serializers.Serializer[Any]):
    """What was asked for with `expand`."""

    model = ExpandedModelSerializer(required=False)
    category = ExpandedCategorySerializer(required=False)
    seller = ExpandedSellerSerializer(required=False)


class ListingSerializer(serializers.Serializer[Listing]):
    """What is offered, without the prompt's text."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    url = serializers.SerializerMethodField()
    title = serializers.CharField()
    summary = serializers.CharField()
    description = serializers.CharField(help_text="Markdown.")
    description_html = serializers.CharField(help_text="The description as sanitised HTML.")
    model = serializers.CharField(source="model.slug")
    category = serializers.CharField(source="category.slug")
    tags = serializers.SerializerMethodField()
    language = serializers.CharField()
    license = serializers.ChoiceField(choices=License.choices)
    price_amount = serializers.IntegerField(help_text="Minor units of `currency`; 0 is free.")
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=ListingStatus.choices)
    seller = SellerSerializer()
    rating = serializers.SerializerMethodField()
    sales_count = serializers.IntegerField()
    favorites_count = serializers.IntegerField()
    published_at = Timestamp(allow_null=True)
    cover_url = serializers.SerializerMethodField()
    owned = serializers.BooleanField(source="shown_owned", help_text="Whether the token's user has it.")
    version = VersionSerializer(source="shown_version", allow_null=True)
    examples = ExampleSerializer(source="shown_examples", many=True)
    proposal = ProposalSerializer(
        source="shown_proposal", allow_null=True, help_text="New public text, for its seller alone."
    )
    expanded = ExpandedListingSerializer(
        source="shown_expanded", required=False, help_text="Only with `expand`."
    )

    def get_url(self, listing: Listing) -> str:
        return f"{settings.PUBLIC_URL}{listing.get_absolute_url()}"

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tags(self, listing: Listing) -> list[str]:
        return [tag.slug for tag in listing.tags.all()]

    @extend_schema_field(RatingSerializer)
    def get_rating(self, listing: Listing) -> dict[str, Any]:
        return {"average": listing.rating_average, "count": listing.rating_count}

    def get_cover_url(self, listing: Listing) -> str:
        return f"{settings.PUBLIC_URL}{listing.cover_url}"


def picture_url(picture: Picture) -> str:
    return f"{settings.PUBLIC_URL}{picture.largest_url}"


def listings_for_shape(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """`listings` with all that a shape shows, in a constant number of queries."""
    return listings.select_related("seller", "model", "category").prefetch_related("tags")


def public_versions() -> QuerySet[PromptVersion]:
    """Versions with their examples and without their secrets."""
    return PromptVersion.objects.defer(*SECRET_FIELDS).prefetch_related(
        Prefetch("examples", ExampleOutput.objects.select_related("picture").order_by("position"))
    )


def listing_data(
    listings: Sequence[Listing], reader: User | None, *, expand: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Listings as anyone may see them, with the published version."""
    if expand:
        row: Any
        for row in listings:
            row.shown_expanded = {name: getattr(row, name) for name in expand}
    ids = [listing.published_version_id for listing in listings if listing.published_version_id]
    return _data(listings, public_versions().filter(pk__in=ids), reader)


def listings_data_by_id(
    ids: Sequence[int], reader: User | None, *, expand: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Published listings in the order of `ids`."""
    rows = {row.pk: row for row in listings_for_shape(Listing.objects.filter(pk__in=ids))}
    found = [rows[listing_id] for listing_id in ids if listing_id in rows]
    return listing_data(found, reader, expand=expand)


def own_listing_data(listings: Sequence[Listing], reader: User) -> list[dict[str, Any]]:
    """A seller's own listings, with the newest version, published or not."""
    newest = public_versions().filter(listing__in=listings).order_by("listing_id", "-number")
    return _data(listings, newest.distinct("listing_id"), reader, proposals_of(listings))


def _data(
    listings: Sequence[Listing],
    versions: Iterable[PromptVersion],
    reader: User | None,
    proposals: Mapping[int, Proposal] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    owned = owned_listing_ids(reader, [listing.pk for listing in listings]) if reader else set()
    shown = {version.listing_id: version for version in versions}
    row: Any
    for row in listings:
        row.shown_owned = row.pk in owned
        row.shown_version = version = shown.get(row.pk)
        row.shown_examples = version.examples.all() if version else []
        row.shown_proposal = proposals.get(row.pk)
    return shaped(ListingSerializer, listings)
