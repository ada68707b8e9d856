"""Rows of a refund claim's story. The caller holds the claim's lock; nothing here speaks to Stripe."""

from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import InvalidInput
from common.outbox import message_publish
from common.texts import printable
from payments.models import ClaimStatus, ClaimStep, ReferredFor, Refund, RefundClaim, StepKind

# Told of by the step's id: both sides are told the same.
STEPPED_TOPIC = "refund_claim_stepped"
MAX_WORDS = 2000


def step_write(claim: RefundClaim, kind: StepKind, *, by: User | None = None, words: str = "") -> ClaimStep:
    step = ClaimStep.objects.create(claim=claim, kind=kind, actor=by, words=words, created_at=clock.now())
    message_publish(STEPPED_TOPIC, subject=step.pk)
    return step


def claim_refer(claim: RefundClaim, why: ReferredFor) -> None:
    """Pass a claim on to the moderators."""
    step_write(claim, StepKind.REFERRED, words=why.value)
    claim.status = ClaimStatus.CONTESTED
    claim.save(update_fields=["status"])


def claim_close(claim: RefundClaim, status: ClaimStatus, *, refund: Refund | None = None) -> None:
    claim.status, claim.refund, claim.closed_at = status, refund, clock.now()
    claim.save(update_fields=["status", "refund", "closed_at"])


def words_clean(text: str, *, field: str = "words", limit: int = MAX_WORDS) -> str:
    """What a side says. Raises InvalidInput on `field` when it is empty or longer than `limit`."""
    text = printable(text).strip()
    if not text:
        raise InvalidInput.of(field, _("Say it in a few words."))
    if len(text) > limit:
        raise InvalidInput.of(field, _("Use at most %(limit)d characters.") % {"limit": limit})
    return text
