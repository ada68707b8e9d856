"""The beginning of a refund claim: what is wrong, and what shows it."""

import datetime
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.texts import one_line
from listings.models import ExampleOutput, PromptVersion
from listings.pictures import picture_encode
from payments.locks import entitlements_lock, order_lock, payment_of_order
from payments.models import (
    ACTIVE_CLAIMS,
    ClaimPicture,
    ClaimStatus,
    Entitlement,
    OrderItem,
    ReferredFor,
    RefundClaim,
    StepKind,
)
from payments.models.dispute import FREEZING_STATUSES
from payments.queries import owned_version
from payments.services.claim_steps import claim_refer, step_write, words_clean
from payments.services.refund_limits import gives_back_often
from payments.services.refund_rows import item_left_amount

MAX_OUTPUT = 20_000
MAX_MODEL_VERSION = 80
# A claim that was taken back may be made once more; one that was decided may not.
MOST_CLAIMS_PER_ITEM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvidence:
    """What a buyer shows. `example` is the number of an example of the version, from 1; 0 for none.

    `picture` is an uploaded file and its size in bytes.
    """

    tried: str
    model_version: str
    output: str
    version: int | None = None
    example: int = 0
    picture: tuple[BinaryIO, int] | None = None


def refund_claim_open(*, entitlement: Entitlement, buyer: User, evidence: ClaimEvidence) -> RefundClaim:
    """Ask the seller for all that is left of the price; asking again gives the open claim back.

    The seller has REFUND_ANSWER_HOURS. A buyer who gives back often goes to the moderators at once.
    Locks the order (and so its buyer) and the entitlement. Raises NotFound to others; InvalidInput by field;
    Conflict `not_opened`, `not_refundable`, `disputed`, `claim_too_late`, `claim_decided`, `too_many_claims`.
    """
    told = _evidence_clean(entitlement, evidence)
    picture = _picture_of(evidence)
    with transaction.atomic():
        order = order_lock(entitlement.item.order_id)
        item = OrderItem.objects.select_related("order").get(pk=entitlement.item_id)
        [held] = entitlements_lock([item])
        if held.buyer_id != buyer.pk or not held.is_active:
            raise NotFound(_("This prompt is not in your library."), code="not_in_library")
        if known := RefundClaim.objects.filter(item=item, status__in=ACTIVE_CLAIMS).first():
            return known
        refuse_what_cannot_be_claimed(held, item)
        now = clock.now()
        claim = RefundClaim.objects.create(
            item=item,
            buyer=buyer,
            created_at=now,
            due_at=now + datetime.timedelta(hours=settings.REFUND_ANSWER_HOURS),
            **told,
        )
        if picture is not None:
            picture.claim = claim
            picture.save()
        step_write(claim, StepKind.OPENED, by=buyer)
        if gives_back_often(order.buyer):
            claim_refer(claim, ReferredFor.OFTEN)
    return claim


def refuse_what_cannot_be_claimed(held: Entitlement, item: OrderItem) -> None:
    """Raise the Conflict that stands in the way, for `held` and its `item`; see refund_claim_open."""
    payment = payment_of_order(item.order)
    if payment is not None and payment.disputes.filter(status__in=FREEZING_STATUSES).exists():
        raise Conflict(_("Your bank is deciding about this payment. Wait for it."), code="disputed")
    if payment is None or item_left_amount(item) <= 0:
        raise Conflict(_("There is nothing left to give back of it."), code="not_refundable")
    if held.first_read_at is None:
        raise Conflict(
            _("You have not opened this prompt, so you can have your money back at once."), code="not_opened"
        )
    if item.paid_at is None or item.paid_at < clock.now() - _window():
        raise Conflict(
            _("A refund can be asked for within %(days)d days.") % {"days": settings.REFUND_CLAIM_DAYS},
            code="claim_too_late",
        )
    earlier = RefundClaim.objects.filter(item=item)
    if earlier.filter(status=ClaimStatus.REFUSED).exists() or (
        earlier.filter(status=ClaimStatus.WITHDRAWN).count() >= MOST_CLAIMS_PER_ITEM
    ):
        raise Conflict(_("This has been decided, and cannot be asked for again."), code="claim_decided")
    at_once = RefundClaim.objects.filter(buyer=held.buyer_id, status__in=ACTIVE_CLAIMS).count()
    if at_once >= settings.REFUND_CLAIMS_AT_ONCE:
        raise Conflict(
            _("You have %(count)d refund claims open. Wait until one is decided.") % {"count": at_once},
            code="too_many_claims",
        )


def _window() -> datetime.timedelta:
    return datetime.timedelta(days=settings.REFUND_CLAIM_DAYS)


def _evidence_clean(entitlement: Entitlement, evidence: ClaimEvidence) -> dict[str, object]:
    errors: dict[str, list[str]] = {}
    cleaned: dict[str, object] = {}
    texts = {
        "tried": (evidence.tried, 2000),
        "model_version": (one_line(evidence.model_version), MAX_MODEL_VERSION),
        "output": (evidence.output, MAX_OUTPUT),
    }
    for field, (text, limit) in texts.items():
        try:
            cleaned[field] = words_clean(text, field=field, limit=limit)
        except InvalidInput as error:
            errors |= error.errors
    if errors:
        raise InvalidInput(_("Some of it needs another look."), errors=errors)
    version = _version_of(entitlement, evidence.version)
    return cleaned | {"version": version, "example": _example_of(version, evidence.example)}


def _version_of(entitlement: Entitlement, number: int | None) -> PromptVersion:
    try:
        return owned_version(entitlement, entitlement.version.number if number is None else number)
    except NotFound as error:
        raise InvalidInput.of("version", error.message) from error


def _example_of(version: PromptVersion, number: int) -> ExampleOutput | None:
    examples = list(version.examples.all())
    if not 0 <= number <= len(examples):
        raise InvalidInput.of("example", _("Choose one of the examples."))
    return examples[number - 1] if number else None


def _picture_of(evidence: ClaimEvidence) -> ClaimPicture | None:
    if evidence.picture is None:
        return None
    file, size = evidence.picture
    encoded = picture_encode(file, size=size)
    return ClaimPicture(content=encoded.files[encoded.width], width=encoded.width, height=encoded.height)
