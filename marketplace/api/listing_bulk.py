"""Many listings at once, for programs that bring in or keep up a whole shop."""

from collections import Counter
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope, SellerProfile
from listings.services.bulk import MAX_ROWS, BulkOutcome, BulkResult, BulkRow, listing_bulk_take
from marketplace.api.base import ApiView, seller_of
from marketplace.api.fields import MinorUnitsField, StrictCharField, StrictSerializer, parsed
from marketplace.api.idempotency import IDEMPOTENCY_PARAMETER, Answer, once
from marketplace.api.listing_input import ListingInputSerializer, StrictBooleanField
from marketplace.api.orders import KEY_REUSED
from marketplace.api.problems import flatten_errors
from marketplace.api.schema import PROBLEM_MEDIA_TYPE

OWN_FIELDS = ("external_id", "slug", "recognise_variables")


class BulkRowSerializer(ListingInputSerializer):
    """A listing to make, or what to change of one."""

    external_id = StrictCharField(
        required=False, max_length=120, help_text="Your own name for it: sent again, it is the same listing."
    )
    slug = StrictCharField(required=False, max_length=90, help_text="To change the listing of this slug.")
    recognise_variables = StrictBooleanField(
        required=False, help_text="Take `${Name:default}`, `[Name]` and `{Name}` for blanks as well."
    )
    title = StrictCharField(required=False, help_text="A new listing needs it.")
    model = StrictCharField(required=False, help_text="A new listing needs it: a slug of /api/v1/models/.")
    category = StrictCharField(
        required=False, help_text="A new listing needs it: a slug of /api/v1/categories/."
    )
    price_amount = MinorUnitsField(
        required=False, help_text="A new listing needs it. US cents: 0 for free, or 300 to 100000."
    )
    prompt = StrictCharField(required=False, allow_blank=True, help_text="A new listing needs it.")


@extend_schema_field(BulkRowSerializer(many=True))
class RowsField(serializers.ListField):
    """Rows as they came: what is wrong with one is told in its result."""


class BulkInputSerializer(StrictSerializer):
    listings = RowsField(
        child=serializers.JSONField(),
        allow_empty=False,
        max_length=MAX_ROWS,
        help_text=f"At most {MAX_ROWS}.",
    )


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of a row."""

    index = serializers.IntegerField(help_text="Its place in `listings`, from 0.")
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in BulkOutcome])
    listing = serializers.CharField(allow_null=True, help_text="The listing's slug.")
    external_id = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True, help_text="Why it was left out, for programs.")
    detail = serializers.CharField(allow_blank=True, help_text="The same for people.")
    errors = serializers.DictField(  # type: ignore[assignment]  # as in a problem
        child=serializers.ListField(child=serializers.CharField()), help_text="As in a problem, by field."
    )


class BulkAnswerSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkResultSerializer(many=True)


EXAMPLE = OpenApiExample(
    "One new, one changed",
    request_only=True,
    value={
        "listings": [
            {
                "external_id": "notes/actions.md",
                "title": "Meeting notes to action list",
                "model": "chatgpt",
                "category": "productivity",
                "price_amount": 499,
                "prompt": "List the actions in these notes: ${Notes}",
                "recognise_variables": True,
            },
            {"slug": "weekly-report-writer", "price_amount": 599},
        ]
    },
)


class BulkView(ApiView):
    scopes = {"POST": Scope.LISTINGS_WRITE}

    @extend_schema(
        operation_id="seller_listings_bulk",
        summary="Make or change many of your listings",
        description=(
            "A row with a known `external_id`, or with a `slug`, changes that listing; any other makes a "
            "draft, unless you or another seller have its text already (`duplicate`). What was sent last "
            "changes nothing (`unchanged`), so a program that was stopped sends everything again. A row that "
            "breaks a rule is `refused` and hinders no other. With an `Idempotency-Key` all rows of the "
            "request go in together or not at all; without one each for itself."
        ),
        parameters=[IDEMPOTENCY_PARAMETER],
        request=BulkInputSerializer,
        responses={200: BulkAnswerSerializer, (422, PROBLEM_MEDIA_TYPE): KEY_REUSED},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Answer:
        seller, rows = seller_of(request), parsed(BulkInputSerializer, request.data)["listings"]
        return once(request, lambda: Response(_answer(seller, rows)))


def _answer(seller: SellerProfile, rows: list[Any]) -> dict[str, Any]:
    results = [_told(index, row, _taken(seller, row)) for index, row in enumerate(rows)]
    counts = Counter(result["outcome"] for result in results)
    return {outcome.value: counts[outcome.value] for outcome in BulkOutcome} | {"results": results}


def _taken(seller: SellerProfile, raw: Any) -> BulkResult:
    try:
        data = parsed(BulkRowSerializer, raw, partial=True)
    except serializers.ValidationError as error:
        errors = flatten_errors(error.detail)
        field, messages = next(iter(errors.items()))
        return BulkResult(
            outcome=BulkOutcome.REFUSED, code="invalid", message=f"{field}: {messages[0]}", errors=errors
        )
    named = {name: data.pop(name) for name in OWN_FIELDS if name in data}
    return listing_bulk_take(seller=seller, row=BulkRow(fields=data, **named))


def _told(index: int, raw: Any, result: BulkResult) -> dict[str, Any]:
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return {
        "index": index,
        "outcome": result.outcome.value,
        "listing": result.listing.slug if result.listing else None,
        "external_id": external_id if isinstance(external_id, str) else "",
        "code": result.code,
        "detail": result.message,
        "errors": {name: [str(message) for message in found] for name, found in result.errors.items()},
    }
