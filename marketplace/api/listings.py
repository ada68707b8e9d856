"""The catalogue, and a seller's listings."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from common.errors import NotFound
from listings.models import Listing, ListingStatus, Modality, ViewSource
from listings.queries.catalogue import catalogue_slice
from listings.queries.filters import CatalogueFilter
from listings.queries.studio import own_listing, own_listings
from listings.search.query import Sort
from listings.services.drafts import ListingInput, listing_create, listing_delete, listing_update
from marketplace.api.base import ApiView, has_scope, reader_of, seller_of, user_of
from marketplace.api.fields import parsed
from marketplace.api.listing_input import ListingInputSerializer
from marketplace.api.listing_shape import (
    EXPANDABLE,
    ListingSerializer,
    listing_data,
    listings_data_by_id,
    listings_for_shape,
    own_listing_data,
)
from marketplace.api.pagination import PAGE_PARAMETERS, page_response, page_size_of, paged
from marketplace.api.schema import page_of
from marketplace.api.selecting import expand_of
from marketplace.view_counting import view_count, viewed_of

DRAFT_EXAMPLE = OpenApiExample(
    "A draft",
    request_only=True,
    value={
        "title": "Meeting notes to action list",
        "summary": "Turns raw notes into owners, tasks and dates.",
        "description": "Paste your notes, get a table you can send.",
        "model": "chatgpt",
        "category": "productivity",
        "tags": ["meetings", "notes"],
        "price_amount": 499,
        "prompt": "List the actions in these notes as a table:\n\n{{notes}}",
        "variables": [{"name": "notes", "label": "Your notes", "type": "long_text", "required": True}],
        "instructions": "Works best with one meeting at a time.",
        "license": "personal",
        "examples": [
            {
                "values": {"notes": "Ana will send the budget on Friday."},
                "output_text": "| Ana | Budget | Friday |",
            },
            {"values": {"notes": "Bo books the room."}, "output_text": "| Bo | Room | open |"},
        ],
    },
)


FILTER_PARAMETERS = [
    OpenApiParameter(
        "q", str, description='Words to find in title, summary, description and tags; "a phrase", -without.'
    ),
    OpenApiParameter("model", str, description="A model's slug."),
    OpenApiParameter("modality", str, enum=Modality.values, description="What the model makes."),
    OpenApiParameter("category", str, description="A category's slug."),
    OpenApiParameter("tag", str),
    OpenApiParameter("min_price", int, description="US cents."),
    OpenApiParameter("max_price", int, description="US cents."),
    OpenApiParameter("free", bool),
    OpenApiParameter("rating", int, description="At least so many stars, 1 to 5."),
    OpenApiParameter("seller", str, description="A storefront's handle."),
    OpenApiParameter("language", str, description="Two letters: the language the listing is written in."),
    OpenApiParameter(
        "sort", str, enum=Sort.values, description="`relevance` with `q`, else `best_selling`, unless told."
    ),
]

OWN_PARAMETERS = [
    OpenApiParameter("status", str, enum=ListingStatus.values, description="All but `removed`, unless told."),
    OpenApiParameter("external_id", str, description="The one your program gave this name."),
]


class ListingsView(ApiView):
    public = frozenset({"GET"})
    scopes = {"POST": Scope.LISTINGS_WRITE}
    selectable = ListingSerializer
    expandable = EXPANDABLE

    @extend_schema(
        operation_id="listings_list",
        summary="Search the catalogue",
        parameters=[*FILTER_PARAMETERS, *PAGE_PARAMETERS],
        responses=page_of(ListingSerializer),
    )
    def get(self, request: Request) -> Response:
        wanted, errors = CatalogueFilter.from_params(request.query_params.dict())
        if errors:
            raise ValidationError(errors)
        expand = expand_of(request, EXPANDABLE)
        wanted = replace(wanted, seller=request.query_params.get("seller", "").lower()[:30])
        found = catalogue_slice(
            wanted, cursor=request.query_params.get("cursor", ""), page_size=page_size_of(request)
        )
        return page_response(
            request,
            listings_data_by_id([card.id for card in found.cards], reader_of(request), expand=expand),
            next_cursor=found.next_cursor,
            previous_cursor=found.previous_cursor,
        )

    @extend_schema(
        operation_id="listings_create",
        summary="Write a draft",
        description="Nobody but you sees it until a moderator has published it: see `submission/`.",
        request=ListingInputSerializer,
        responses={201: ListingSerializer},
        examples=[DRAFT_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        seller = seller_of(request)
        data = parsed(ListingInputSerializer, request.data)
        listing = listing_create(seller=seller, data=ListingInput(**data))
        return Response(one_own(request, listing), status=201)


class ListingView(ApiView):
    public = frozenset({"GET"})
    scopes = {"PATCH": Scope.LISTINGS_WRITE, "DELETE": Scope.LISTINGS_WRITE}
    selectable = ListingSerializer
    expandable = EXPANDABLE

    @extend_schema(
        operation_id="listings_retrieve",
        summary="One listing",
        description="Published ones; with the scope `listings:read` also your own in any state.",
        responses=ListingSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        expand = expand_of(request, EXPANDABLE)
        listing = visible_listing(request, slug)
        if listing.is_public:
            view_count(request, viewed_of(listing), source=ViewSource.API)
            return Response(listing_data([listing], reader_of(request), expand=expand)[0])
        return Response(one_own(request, listing))

    @extend_schema(
        operation_id="listings_update",
        summary="Change your listing",
        description=(
            "Only what is sent changes. The price changes at once; prompt, variables, instructions and "
            "examples go to a new version that has to be submitted. So does public text of a listing that "
            "was published: it waits in `proposal`, and the old one stays on sale until a moderator agrees. "
            "A draft's new title gives it a new slug."
        ),
        request=ListingInputSerializer(partial=True),
        responses=ListingSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        listing = own_listing(seller_of(request), slug)
        data = parsed(ListingInputSerializer, request.data, partial=True)
        return Response(one_own(request, listing_update(listing=listing, data=data)))

    @extend_schema(
        operation_id="listings_delete",
        summary="Delete your draft, or remove your listing for good",
        description=(
            "Buyers keep what they bought. In the studio a draft that was never submitted can be brought "
            "back for 30 days."
        ),
        responses={204: None},
    )
    def delete(self, request: Request, slug: str) -> Response:
        listing_delete(listing=own_listing(seller_of(request), slug))
        return Response(status=204)


class OwnListingsView(ApiView):
    scopes = {"GET": Scope.LISTINGS_READ}
    selectable = ListingSerializer

    @extend_schema(
        operation_id="seller_listings_list",
        summary="Your listings in every state, newest first",
        parameters=[*OWN_PARAMETERS, *PAGE_PARAMETERS],
        responses=page_of(ListingSerializer),
    )
    def get(self, request: Request) -> Response:
        def to_data(listings: list[Listing]) -> Any:
            return own_listing_data(listings, user_of(request))

        status = request.query_params.get("status", "")
        if status and status not in ListingStatus.values:
            message = _("Give one of: %(values)s.") % {"values": ", ".join(ListingStatus.values)}
            raise ValidationError({"status": [message]})
        external_id = request.query_params.get("external_id", "")
        own = own_listings(seller_of(request), status=status, external_id=external_id)
        listings = listings_for_shape(own)
        return paged(request, listings, ("-created_at", "-id"), to_data)


def visible_listing(request: Request, slug: str) -> Listing:
    """A published listing, or the caller's own where the token may read those. Raises NotFound otherwise."""
    listing = listings_for_shape(Listing.objects.filter(slug=slug)).first()
    if listing is not None:
        is_own = has_scope(request, Scope.LISTINGS_READ) and listing.seller.user_id == user_of(request).pk
        is_there = listing.status != ListingStatus.REMOVED and listing.deleted_at is None
        if listing.is_public or (is_own and is_there):
            return listing
    raise NotFound(_("There is no such listing."))


def one_own(request: Request, listing: Listing) -> dict[str, Any]:
    """The caller's listing as it stands, read afresh."""
    fresh = listings_for_shape(Listing.objects.filter(pk=listing.pk))
    return own_listing_data(list(fresh), user_of(request))[0]
