"""Versions of a listing, and the way from draft to shop window."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from common.errors import NotFound
from listings.models import PromptVersion
from listings.queries.studio import own_listing
from listings.services.drafts import listing_update, version_start
from listings.services.review import (
    listing_relist,
    listing_submit,
    listing_unlist,
    listing_withdraw,
    queue_position,
    revision_position,
)
from listings.services.sources import version_source
from marketplace.api.base import ApiView, has_scope, seller_of, user_of
from marketplace.api.fields import Timestamp, parsed, shaped
from marketplace.api.listing_input import VersionInputSerializer
from marketplace.api.listing_shape import (
    ExampleSerializer,
    ListingSerializer,
    VariableSerializer,
    VersionSerializer,
    public_versions,
)
from marketplace.api.listings import one_own, visible_listing
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.problems import MissingScope
from marketplace.api.schema import page_of


class SourceSerializer(serializers.Serializer[PromptVersion]):
    """A version with its text: for its seller, and for moderators while they judge it."""

    number = serializers.IntegerField()
    prompt = serializers.CharField(source="text")
    variables = VariableSerializer(many=True)
    instructions = serializers.CharField()
    changelog = serializers.CharField()
    word_count = serializers.IntegerField()
    examples = ExampleSerializer(many=True)
    created_at = Timestamp()
    submitted_at = Timestamp(source="sealed_at", allow_null=True)
    published_at = Timestamp(allow_null=True)


class SubmissionSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="`in_review`")
    position = serializers.IntegerField(help_text="1 is next.")


class VersionsView(ApiView):
    public = frozenset({"GET"})
    scopes = {"POST": Scope.LISTINGS_WRITE}

    @extend_schema(
        operation_id="listings_versions_list",
        summary="A listing's versions, newest first",
        description="Published ones; of your own all, with the scope `listings:read`. Never the text.",
        parameters=PAGE_PARAMETERS,
        responses=page_of(VersionSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        listing = visible_listing(request, slug)
        versions = public_versions().filter(listing=listing)
        is_own = has_scope(request, Scope.LISTINGS_READ) and listing.seller.user_id == user_of(request).pk
        if not is_own:
            versions = versions.filter(published_at__isnull=False)
        return paged(
            request, versions.prefetch_related(None), ("-number",), partial(shaped, VersionSerializer)
        )

    @extend_schema(
        operation_id="listings_versions_create",
        summary="Begin a new version of your listing",
        description="It starts as a copy of the last, changed by what is sent. Buyers see it once published.",
        request=VersionInputSerializer,
        responses={201: VersionSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        listing = own_listing(seller_of(request), slug)
        data = parsed(VersionInputSerializer, request.data)
        with transaction.atomic():
            number = version_start(listing=listing).number
            listing_update(listing=listing, data=data)
        version = public_versions().get(listing=listing, number=number)
        return Response(VersionSerializer(version).data, status=201)


class SourceView(ApiView):
    no_store = True

    @extend_schema(
        operation_id="listings_versions_source",
        summary="A version's text, for its seller and moderators",
        description=(
            "Needs the scope `listings:read` on your own listing, or `moderation:write` as a moderator on "
            "what waits for a decision; each reading by a moderator is recorded."
        ),
        responses=SourceSerializer,
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        user = user_of(request)
        version = (
            public_versions()
            .select_related("listing__seller")
            .filter(listing__slug=slug, number=number)
            .first()
        )
        if version is None:
            raise NotFound(_("There is no such version."))
        is_own = version.listing.seller.user_id == user.pk
        scope = Scope.MODERATION_WRITE if user.is_staff and not is_own else Scope.LISTINGS_READ
        if not has_scope(request, scope):
            raise MissingScope(scope)
        return Response(SourceSerializer(version_source(version=version, reader=user, via="api")).data)


class SubmissionView(ApiView):
    scopes = {"POST": Scope.LISTINGS_WRITE, "DELETE": Scope.LISTINGS_WRITE}

    @extend_schema(
        operation_id="listings_submission_create",
        summary="Submit your listing, or its new version, for review",
        description="What still keeps it from being submitted is a 400 with a message per field.",
        request=None,
        responses={202: SubmissionSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        listing = own_listing(seller_of(request), slug)
        listing = listing_submit(listing=listing, by=user_of(request))
        position = queue_position(listing) or revision_position(listing)
        return Response({"status": "in_review", "position": position}, status=202)

    @extend_schema(
        operation_id="listings_submission_delete", summary="Take your submission back", responses={204: None}
    )
    def delete(self, request: Request, slug: str) -> Response:
        listing_withdraw(listing=own_listing(seller_of(request), slug), by=user_of(request))
        return Response(status=204)


class PublicationView(ApiView):
    scopes = {"POST": Scope.LISTINGS_WRITE, "DELETE": Scope.LISTINGS_WRITE}

    @extend_schema(
        operation_id="listings_publication_create",
        summary="Put your unlisted listing on sale again",
        request=None,
        responses=ListingSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        listing = listing_relist(listing=own_listing(seller_of(request), slug), by=user_of(request))
        return Response(one_own(request, listing))

    @extend_schema(
        operation_id="listings_publication_delete",
        summary="Take your listing off sale",
        description="Buyers keep it; it can be put on sale again.",
        responses={204: None},
    )
    def delete(self, request: Request, slug: str) -> Response:
        listing_unlist(listing=own_listing(seller_of(request), slug), by=user_of(request))
        return Response(status=204)
