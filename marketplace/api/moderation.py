"""The moderators' queue."""

from functools import partial
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.models import Scope
from common.errors import NotFound
from listings.models import (
    DecisionKind,
    Listing,
    ListingRevision,
    ListingStatus,
    PromptVersion,
    RevisionStatus,
)
from listings.queries.moderation import queue_entries
from listings.queries.revisions import revisions_waiting
from listings.services.review import listing_decide
from listings.services.revision_decisions import revision_apply, revision_reject
from marketplace.api.base import ApiView, moderator_of
from marketplace.api.checks_shape import ChecksSerializer
from marketplace.api.fields import Timestamp, parsed, shaped
from marketplace.api.listing_input import DecisionInputSerializer, RevisionDecisionInputSerializer
from marketplace.api.listing_shape import SellerSerializer
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.schema import page_of


class QueueEntrySerializer(serializers.Serializer[PromptVersion]):
    """A submission. Its text is read at `source_url`, and each reading is recorded."""

    slug = serializers.CharField(source="listing.slug")
    title = serializers.CharField(source="listing.title")
    summary = serializers.CharField(source="listing.summary")
    model = serializers.CharField(source="listing.model.slug")
    category = serializers.CharField(source="listing.category.slug")
    price_amount = serializers.IntegerField(source="listing.price_amount")
    currency = serializers.CharField(source="listing.currency")
    seller = SellerSerializer(source="listing.seller")
    status = serializers.ChoiceField(
        source="listing.status",
        choices=ListingStatus.choices,
        help_text="`in_review` for a first version; a later one is judged while the listing is on sale.",
    )
    version = serializers.IntegerField(source="number")
    submitted_at = Timestamp(source="sealed_at")
    source_url = serializers.SerializerMethodField()
    is_appeal = serializers.SerializerMethodField(help_text="Whether the seller objects to a first decision.")
    checks = serializers.SerializerMethodField()

    def get_is_appeal(self, version: PromptVersion) -> bool:
        appeal = getattr(version, "appeal", None)
        return appeal is not None and appeal.is_open

    @extend_schema_field(ChecksSerializer(allow_null=True))
    def get_checks(self, version: PromptVersion) -> dict[str, Any] | None:
        check = getattr(version, "review_check", None)
        return dict(ChecksSerializer(check).data) if check is not None else None

    def get_source_url(self, version: PromptVersion) -> str:
        arguments = {"slug": version.listing.slug, "number": version.number}
        return f"{settings.PUBLIC_URL}{reverse('api_listing_source', kwargs=arguments)}"


class DecisionSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    decision = serializers.CharField()
    status = serializers.ChoiceField(choices=ListingStatus.choices)


class RevisionSerializer(serializers.Serializer[ListingRevision]):
    """New public text for a listing on sale."""

    id = serializers.IntegerField()
    slug = serializers.CharField(source="listing.slug")
    title = serializers.CharField(source="listing.title", help_text="As it is on sale.")
    seller = SellerSerializer(source="listing.seller")
    before = serializers.DictField(help_text="The fields that would change, as they are on sale.")
    changes = serializers.DictField(source="fields", help_text="The same fields as proposed.")
    submitted_at = Timestamp()


class RevisionDecisionSerializer(serializers.Serializer[ListingRevision]):
    id = serializers.IntegerField()
    slug = serializers.CharField(source="listing.slug")
    status = serializers.ChoiceField(choices=RevisionStatus.choices, help_text="`applied` or `rejected`.")


class ModerationView(ApiView):
    scopes = {"GET": Scope.MODERATION_WRITE}
    no_store = True

    @extend_schema(
        operation_id="moderation_list",
        summary="What waits for a decision, longest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(QueueEntrySerializer),
    )
    def get(self, request: Request) -> Response:
        moderator_of(request)
        return paged(request, queue_entries(), ("sealed_at", "id"), partial(shaped, QueueEntrySerializer))


class DecisionView(ApiView):
    scopes = {"POST": Scope.MODERATION_WRITE}
    no_store = True

    @extend_schema(
        operation_id="moderation_decision",
        summary="Publish a submission, or return it with reasons",
        description="The same decision again is answered 200 and changes nothing; another one is a 409.",
        request=DecisionInputSerializer,
        responses=DecisionSerializer,
        examples=[
            OpenApiExample(
                "Returned",
                request_only=True,
                value={"decision": "reject", "reasons": ["The second example shows another prompt."]},
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        moderator = moderator_of(request)
        data = parsed(DecisionInputSerializer, request.data)
        listing = Listing.objects.filter(slug=slug).first()
        if listing is None:
            raise NotFound(_("There is no such submission."))
        decided = listing_decide(
            listing=listing,
            moderator=moderator,
            decision=data["decision"],
            reasons=data.get("reasons", []),
            version_number=data.get("version"),
        )
        return Response({"slug": decided.slug, "decision": data["decision"], "status": decided.status})


class RevisionsView(ApiView):
    scopes = {"GET": Scope.MODERATION_WRITE}
    no_store = True

    @extend_schema(
        operation_id="moderation_revisions_list",
        summary="New public text that waits for a decision, longest first",
        description="The listing stays on sale with its old text until then.",
        parameters=PAGE_PARAMETERS,
        responses=page_of(RevisionSerializer),
    )
    def get(self, request: Request) -> Response:
        moderator_of(request)
        shape = partial(shaped, RevisionSerializer)
        return paged(request, revisions_waiting(), ("submitted_at", "id"), shape)


class RevisionDecisionView(ApiView):
    scopes = {"POST": Scope.MODERATION_WRITE}
    no_store = True

    @extend_schema(
        operation_id="moderation_revisions_decision",
        summary="Publish new public text, or return it with reasons",
        description="The same decision again is answered 200 and changes nothing; another one is a 409.",
        request=RevisionDecisionInputSerializer,
        responses=RevisionDecisionSerializer,
    )
    def post(self, request: Request, id: int) -> Response:
        moderator = moderator_of(request)
        data = parsed(RevisionDecisionInputSerializer, request.data)
        revision = ListingRevision.objects.select_related("listing").filter(pk=id).first()
        if revision is None:
            raise NotFound(_("There is no such submission."))
        if data["decision"] == DecisionKind.PUBLISH:
            decided = revision_apply(revision=revision, moderator=moderator)
        else:
            reasons = data.get("reasons", [])
            decided = revision_reject(revision=revision, moderator=moderator, reasons=reasons)
        return Response(RevisionDecisionSerializer(decided).data)
