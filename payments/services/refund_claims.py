"""Asking for money back after the text was read: evidence, the seller's answer, silence, and a judgement.

Every change is made under the order's lock, which comes before the claim's own, so that an answer, the
deadline and a refund made elsewhere take turns. Each leaves a step that both sides are told of.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common import clock
from common.errors import Conflict, NotFound
from listings.services.review import require_moderator
from payments.locks import claim_lock
from payments.models import (
    ACTIVE_CLAIMS,
    ClaimStatus,
    ReferredFor,
    RefundClaim,
    RefundReason,
    StepKind,
)
from payments.models.dispute import FREEZING_STATUSES
from payments.services.claim_steps import claim_close, claim_refer, step_write, words_clean
from payments.services.refund_decisions import order_refund
from payments.services.refunds import refund_request


@transaction.atomic
def refund_claim_accept(*, claim: RefundClaim, seller: SellerProfile) -> RefundClaim:
    """The seller gives back all that is left, also while a moderator has it. Locks order, claim and seller.

    Fees as for any refund by the seller. Where the seller's balance does not bear it, a moderator decides.
    Raises NotFound to other sellers; Conflict `claim_closed`, and `disputed` while a bank decides.
    """
    locked = _of_seller(claim, seller)
    _refuse_unless_active(locked)
    step_write(locked, StepKind.ACCEPTED, by=seller.user)
    _give_back(locked, reason=RefundReason.SELLER, by=seller.user)
    return locked


@transaction.atomic
def refund_claim_contest(*, claim: RefundClaim, seller: SellerProfile, words: str) -> RefundClaim:
    """The seller disagrees, with a reply for the moderator who decides. Locks order and claim.

    Possible until `due_at`, whether or not the sweeper has been there. Raises NotFound to other sellers,
    InvalidInput `words`, Conflict `claim_closed`, `already_answered` and `too_late`.
    """
    locked = _of_seller(claim, seller)
    words = words_clean(words)
    _refuse_unless_active(locked)
    if locked.steps.filter(kind=StepKind.CONTESTED).exists():
        raise Conflict(_("You have answered this already. A moderator decides now."), code="already_answered")
    if locked.status == ClaimStatus.OPEN and locked.due_at <= clock.now():
        raise Conflict(_("The time to answer is over, so the buyer gets the money back."), code="too_late")
    step_write(locked, StepKind.CONTESTED, by=seller.user, words=words)
    locked.status = ClaimStatus.CONTESTED
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def refund_claim_withdraw(*, claim: RefundClaim, buyer: User) -> RefundClaim:
    """The buyer takes the claim back and keeps the prompt. Locks order and claim.

    Raises NotFound to others; Conflict `claim_closed`.
    """
    locked = claim_lock(claim.pk)
    if locked.buyer_id != buyer.pk:
        raise claim_not_found()
    _refuse_unless_active(locked)
    step_write(locked, StepKind.WITHDRAWN, by=buyer)
    claim_close(locked, ClaimStatus.WITHDRAWN)
    return locked


@transaction.atomic
def refund_claim_decide(*, claim: RefundClaim, moderator: User, is_refunded: bool, words: str) -> RefundClaim:
    """A moderator decides what is contested or referred, with words for both sides. Locks order and claim.

    A refund is of all that is left, whatever the seller's balance: the rules of refunds by a moderator.
    Raises NotFound for those who may not moderate; InvalidInput `words`; Conflict `claim_closed`,
    `not_contested`, `own_claim`, and `disputed` while a bank decides.
    """
    require_moderator(moderator)
    locked = claim_lock(claim.pk)
    words = words_clean(words)
    if moderator.pk in (locked.buyer_id, locked.item.seller.user_id):
        raise Conflict(_("Another moderator has to decide about your own."), code="own_claim")
    _refuse_unless_active(locked)
    if locked.status != ClaimStatus.CONTESTED:
        raise Conflict(_("The seller still has time to answer."), code="not_contested")
    step_write(locked, StepKind.UPHELD if is_refunded else StepKind.REFUSED, by=moderator, words=words)
    if is_refunded:
        refund = order_refund(order=locked.item.order, by=moderator, item=locked.item, note="refund claim")
        claim_close(locked, ClaimStatus.REFUNDED, refund=refund)
    else:
        claim_close(locked, ClaimStatus.REFUSED)
    return locked


@transaction.atomic
def refund_claim_expire(*, claim_id: Any) -> None:
    """The seller was silent until `due_at`: give back all that is left. Locks order, claim and seller.

    Safe to repeat. While a bank decides a dispute it waits: the buyer could be paid twice. Where the seller's
    balance does not bear it, a moderator decides.
    """
    locked = claim_lock(claim_id)
    if locked.status != ClaimStatus.OPEN or locked.due_at > clock.now():
        return
    try:
        with transaction.atomic():
            step_write(locked, StepKind.SILENCE)
            _give_back(locked, reason=RefundReason.CLAIM, by=None)
    except Conflict as error:
        if error.code != "disputed":
            raise


@transaction.atomic
def refund_claim_settle(*, claim_id: Any) -> None:
    """Close a claim whose money went back another way: the seller gave it, or a bank did. Safe to repeat."""
    locked = claim_lock(claim_id)
    if locked.is_active and not locked.item.entitlement.is_active:
        step_write(locked, StepKind.CLOSED)
        claim_close(locked, ClaimStatus.CLOSED)


def claims_overdue() -> list[Any]:
    """Claims that the seller left without an answer; those wait of whose payment a bank is deciding."""
    due = RefundClaim.objects.filter(status=ClaimStatus.OPEN, due_at__lte=clock.now())
    free = due.exclude(item__order__payments__disputes__status__in=FREEZING_STATUSES)
    return list(free.order_by("due_at").values_list("pk", flat=True))


def claims_settled_otherwise() -> list[Any]:
    active = RefundClaim.objects.filter(status__in=ACTIVE_CLAIMS)
    return list(active.filter(item__entitlement__revoked_at__isnull=False).values_list("pk", flat=True))


def claim_not_found() -> NotFound:
    return NotFound(_("There is no such refund claim."), code="claim_not_found")


def _of_seller(claim: RefundClaim, seller: SellerProfile) -> RefundClaim:
    locked = claim_lock(claim.pk)
    if locked.item.seller_id != seller.pk:
        raise claim_not_found()
    return locked


def _refuse_unless_active(claim: RefundClaim) -> None:
    if not claim.is_active:
        raise Conflict(_("This claim is closed already."), code="claim_closed")


def _give_back(claim: RefundClaim, *, reason: RefundReason, by: User | None) -> None:
    """All that is left, or on to a moderator where the seller's balance does not bear it."""
    try:
        with transaction.atomic():
            refund = refund_request(order=claim.item.order, by=by, reason=reason, item=claim.item)
    except Conflict as error:
        if error.code == "balance_too_low":
            claim_refer(claim, ReferredFor.BALANCE)
        elif error.code == "not_refundable":
            claim_close(claim, ClaimStatus.CLOSED)
        else:
            raise
    else:
        claim_close(claim, ClaimStatus.REFUNDED, refund=refund)
