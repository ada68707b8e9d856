"""Reading refund claims: each side its own, moderators all that wait, and the story both sides see."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile, User
from common.errors import NotFound
from payments.models import ClaimStatus, ReferredFor, RefundClaim, RefundStatus, StepKind

_WHO: dict[str, str | Promise] = {
    StepKind.OPENED: _("Buyer"),
    StepKind.WITHDRAWN: _("Buyer"),
    StepKind.CONTESTED: _("Seller"),
    StepKind.ACCEPTED: _("Seller"),
    StepKind.UPHELD: _("Moderator"),
    StepKind.REFUSED: _("Moderator"),
}
_MONEY: dict[str, str | Promise] = {
    RefundStatus.REQUESTED: _("The money is on its way"),
    RefundStatus.SUCCEEDED: _("The money went back"),
    RefundStatus.FAILED: _("The refund failed; we are looking into it"),
}


@dataclass(frozen=True, slots=True)
class ClaimEvent:
    """One line of the story: `who` is a role and never a name, `words` what was said."""

    at: datetime.datetime
    title: str | Promise
    who: str | Promise
    words: str


def buyer_claim(buyer: User, claim_id: Any) -> RefundClaim:
    """A claim that this buyer made. Raises NotFound for all others."""
    return _one(RefundClaim.objects.filter(buyer=buyer, pk=claim_id))


def seller_claim(seller: SellerProfile, claim_id: Any) -> RefundClaim:
    """A claim about a sale of this seller. Raises NotFound for all others."""
    return _one(RefundClaim.objects.filter(item__seller=seller, pk=claim_id))


def moderator_claim(claim_id: Any) -> RefundClaim:
    """Any claim, for moderators."""
    return _one(RefundClaim.objects.filter(pk=claim_id))


def claim_of_item(item_id: int) -> RefundClaim | None:
    """The latest claim about an order item."""
    return RefundClaim.objects.filter(item=item_id).order_by("-created_at", "-pk").first()


def seller_claims(seller: SellerProfile) -> QuerySet[RefundClaim]:
    """Claims about a seller's sales, those to be answered first, then the latest."""
    claims = _with_parties(RefundClaim.objects.filter(item__seller=seller))
    return claims.order_by(F("closed_at").desc(nulls_first=True), "due_at", "pk")


def claims_to_answer_count(seller: SellerProfile) -> int:
    return RefundClaim.objects.filter(item__seller=seller, status=ClaimStatus.OPEN).count()


def claims_before_moderators() -> QuerySet[RefundClaim]:
    """Contested and referred ones, the oldest first."""
    claims = _with_parties(RefundClaim.objects.filter(status=ClaimStatus.CONTESTED))
    return claims.order_by("created_at", "pk")


def claim_story(claim: RefundClaim) -> list[ClaimEvent]:
    """What happened, the oldest first, the same for both sides and moderators."""
    story = [
        ClaimEvent(
            step.created_at,
            StepKind(step.kind).label,
            _WHO.get(step.kind, ""),
            "" if step.kind == StepKind.REFERRED else step.words,
        )
        for step in claim.steps.all()
    ]
    if refund := claim.refund:
        at = refund.settled_at or refund.created_at
        story.append(ClaimEvent(at, _MONEY[refund.status], "", ""))
    return story


def referred_for(claim: RefundClaim) -> list[str | Promise]:
    """Why it came to the moderators without the seller's objection; for moderators alone."""
    steps = claim.steps.filter(kind=StepKind.REFERRED)
    return [ReferredFor(step.words).label for step in steps]


def _one(claims: QuerySet[RefundClaim]) -> RefundClaim:
    claim = _with_parties(claims).select_related("refund", "example").first()
    if claim is None:
        raise NotFound(_("There is no such refund claim."), code="claim_not_found")
    return claim


def _with_parties(claims: QuerySet[RefundClaim]) -> QuerySet[RefundClaim]:
    """With item, order, seller and listing; without the prompt's text, and without pictures' bytes."""
    return claims.select_related("item__order", "item__seller", "item__listing", "version").defer(
        "version__text",
        "version__instructions",
        "version__variables",
        "item__listing__description",
        "item__listing__description_html",
    )
