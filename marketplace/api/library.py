"""What the token's user has bought, with its text."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope, User
from common.errors import InvalidInput
from listings.models import Listing, ListingStatus, PromptVersion
from listings.models.listing import License
from listings.templating import PartRole, Rendered, TemplateVariable, render
from marketplace.addresses import client_address
from marketplace.api.base import ApiView, user_of
from marketplace.api.fields import StrictIntegerField, StrictSerializer, Timestamp, parsed, shaped
from marketplace.api.listing_shape import (
    ExampleSerializer,
    ListingSerializer,
    VariableSerializer,
    listing_data,
    listings_for_shape,
)
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.schema import page_of
from marketplace.api.selecting import expand_of
from payments.models import Entitlement
from payments.queries import entitlement_get, library_of, owned_version
from payments.services.reading import entitlement_open


class OwnedListingSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()


class OwnedVersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="The version that was bought.")
    latest = serializers.IntegerField(help_text="The newest published one; it is yours as well.")


class ExpandedEntrySerializer(serializers.Serializer[Any]):
    """What was asked for with `expand`."""

    listing = serializers.SerializerMethodField()

    @extend_schema_field(ListingSerializer(allow_null=True))
    def get_listing(self, expanded: dict[str, Any]) -> dict[str, Any] | None:
        """As the catalogue shows it; null if it is no longer on sale."""
        shown: dict[str, Any] | None = expanded["listing"]
        return shown


class LibraryEntrySerializer(serializers.Serializer[Entitlement]):
    """Something you own."""

    id = serializers.UUIDField()
    listing = OwnedListingSerializer()
    version = serializers.SerializerMethodField()
    granted_at = Timestamp()
    order = serializers.UUIDField(source="item.order_id")
    license = serializers.ChoiceField(source="item.license", choices=License.choices)
    expanded = ExpandedEntrySerializer(
        source="shown_expanded", required=False, help_text="Only with `expand`."
    )

    @extend_schema_field(OwnedVersionSerializer)
    def get_version(self, entitlement: Entitlement) -> dict[str, int]:
        number = entitlement.version.number
        published = entitlement.listing.published_version
        latest = max(number, published.number) if published else number
        return {"number": number, "latest": latest}


class LibraryItemSerializer(LibraryEntrySerializer):
    """Something you own, with its text."""

    prompt = serializers.CharField(source="version.text")
    variables = VariableSerializer(source="version.variables", many=True)
    instructions = serializers.CharField(source="version.instructions")
    examples = ExampleSerializer(source="version.examples", many=True)


class LibraryVersionSerializer(serializers.Serializer[PromptVersion]):
    """One version's text."""

    number = serializers.IntegerField()
    prompt = serializers.CharField(source="text")
    variables = VariableSerializer(many=True)
    instructions = serializers.CharField()
    examples = ExampleSerializer(many=True)
    changelog = serializers.CharField()
    published_at = Timestamp(allow_null=True)


class RenderInputSerializer(StrictSerializer):
    variables = serializers.DictField(help_text="Values by variable; one left out counts as its default.")
    version = StrictIntegerField(required=False, help_text="The version bought, unless told.")


class PartSerializer(serializers.Serializer[Any]):
    """One message of a prompt that the seller cut into parts."""

    role = serializers.ChoiceField(choices=[role.value for role in PartRole])
    title = serializers.CharField()
    text = serializers.CharField()


class RenderedSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    version = serializers.IntegerField()
    parts = PartSerializer(many=True, help_text="Empty unless the prompt has parts.")


class LibraryView(ApiView):
    scopes = {"GET": Scope.LIBRARY_READ}
    no_store = True
    selectable = LibraryEntrySerializer
    expandable = ("listing",)

    @extend_schema(
        operation_id="library_list",
        summary="What you own, newest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(LibraryEntrySerializer),
    )
    def get(self, request: Request) -> Response:
        user, expand = user_of(request), expand_of(request, self.expandable)

        def to_data(owned: list[Entitlement]) -> list[dict[str, Any]]:
            if expand:
                _listings_beside(owned, user)
            return shaped(LibraryEntrySerializer, owned)

        return paged(request, library_of(user), ("-granted_at", "-id"), to_data)


class LibraryItemView(ApiView):
    scopes = {"GET": Scope.LIBRARY_READ}
    no_store = True

    @extend_schema(
        operation_id="library_retrieve",
        summary="The prompt you bought",
        description="Reading it counts as opening it: a refund then needs a look by a person.",
        responses=LibraryItemSerializer,
    )
    def get(self, request: Request, id: UUID) -> Response:
        entitlement = entitlement_get(user_of(request), id)
        entitlement_open(entitlement=entitlement, via="api", address=client_address(request))
        return Response(LibraryItemSerializer(entitlement).data)


class LibraryVersionView(ApiView):
    scopes = {"GET": Scope.LIBRARY_READ}
    no_store = True

    @extend_schema(
        operation_id="library_versions_retrieve",
        summary="A version of the prompt you bought",
        responses=LibraryVersionSerializer,
    )
    def get(self, request: Request, id: UUID, number: int) -> Response:
        entitlement = entitlement_get(user_of(request), id)
        version = owned_version(entitlement, number)
        entitlement_open(entitlement=entitlement, via="api", address=client_address(request))
        return Response(LibraryVersionSerializer(version).data)


class RenderView(ApiView):
    scopes = {"POST": Scope.LIBRARY_READ}
    no_store = True

    @extend_schema(
        operation_id="library_render",
        summary="Fill in the variables of a prompt you bought",
        description="Values that do not fit are a 400 with messages at `variables.NAME`.",
        request=RenderInputSerializer,
        responses=RenderedSerializer,
        examples=[
            OpenApiExample(
                "Values",
                request_only=True,
                value={"variables": {"tone": "friendly", "points": 3, "formal": False}},
            )
        ],
    )
    def post(self, request: Request, id: UUID) -> Response:
        entitlement = entitlement_get(user_of(request), id)
        data = parsed(RenderInputSerializer, request.data)
        version = owned_version(entitlement, data.get("version", entitlement.version.number))
        rendered = _rendered(version, data["variables"])
        entitlement_open(entitlement=entitlement, via="render", address=client_address(request))
        answer = {"text": rendered.text, "version": version.number, "parts": rendered.parts}
        return Response(RenderedSerializer(answer).data)


def _listings_beside(owned: list[Entitlement], user: User) -> None:
    on_sale = Listing.objects.filter(pk__in=[row.listing_id for row in owned], status=ListingStatus.PUBLISHED)
    listings = listings_for_shape(on_sale)
    shown = {data["id"]: data for data in listing_data(list(listings), user)}
    row: Any
    for row in owned:
        row.shown_expanded = {"listing": shown.get(row.listing_id)}


def _rendered(version: PromptVersion, values: dict[str, Any]) -> Rendered:
    variables = [TemplateVariable.from_dict(raw) for raw in version.variables]
    errors = {
        f"variables.{name}": [_("This prompt has no such variable.")]
        for name in values
        if name not in {variable.name for variable in variables}
    }
    rendered = render(version.text, variables, values)
    errors |= {f"variables.{name}": messages for name, messages in rendered.errors.items()}
    if errors:
        raise InvalidInput(_("Some variables need another look."), code="invalid_variables", errors=errors)
    return rendered
