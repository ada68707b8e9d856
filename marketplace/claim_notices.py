"""Telling of refund claims: each step to the side that did not take it, in the app and always by mail.

They name title, order and what happens next; never what was tried or came out, which may quote the prompt.
The outbox may run a handler twice; the Message-ID is made from the step and the side.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind, User
from common.mails import mail_send
from common.models import OutboxMessage
from common.outbox import handles
from marketplace.notifying.services import News, people_notify
from marketplace.notifying.words import SENTENCES
from payments.models import ClaimStep, RefundClaim, StepKind
from payments.services.claim_steps import STEPPED_TOPIC

BUYER, SELLER = "buyer", "seller"
_TOLD: dict[str, tuple[str, ...]] = {
    StepKind.OPENED: (BUYER, SELLER),
    StepKind.REFERRED: (BUYER, SELLER),
    StepKind.CONTESTED: (BUYER,),
    StepKind.ACCEPTED: (BUYER,),
    StepKind.SILENCE: (BUYER, SELLER),
    StepKind.UPHELD: (BUYER, SELLER),
    StepKind.REFUSED: (BUYER, SELLER),
    StepKind.WITHDRAWN: (SELLER,),
    StepKind.CLOSED: (BUYER, SELLER),
}


@dataclass(frozen=True)
class Told:
    """A mail's subject and sentence, and the words of the other side or the moderator."""

    subject: str
    sentence: str
    words: str = ""


@handles(STEPPED_TOPIC)
def refund_claim_stepped(message: OutboxMessage) -> None:
    steps = ClaimStep.objects.select_related("claim__buyer", "claim__item__order")
    step = steps.select_related("claim__item__seller__user").get(pk=message.subject)
    for side in _TOLD[step.kind]:
        _tell(step, side)


def _tell(step: ClaimStep, side: str) -> None:
    claim = step.claim
    to: User = claim.buyer if side == BUYER else claim.item.seller.user
    path = f"/account/refunds/{claim.pk}/" if side == BUYER else f"/sell/sales/claims/{claim.pk}/"
    people_notify(
        kind=NoticeKind.REFUND,
        source=f"claim-step:{step.pk}:{side}",
        news=[News(to.pk, _what(step, side), path, {"title": claim.item.title})],
        mails=False,
    )
    with translation.override(to.language):
        told = _told(step, side)
        context: dict[str, Any] = {
            "title": claim.item.title,
            "number": claim.item.order.number,
            "sentence": told.sentence,
            "words": told.words,
            "url": settings.PUBLIC_URL + path,
        }
        mail_send(
            template="mail/claim_step",
            to=to,
            subject=told.subject % {"title": claim.item.title},
            message_id=f"claim-step.{step.pk}.{side}",
            context=context,
        )


def _what(step: ClaimStep, side: str) -> str:
    """Which sentence the app shows: words of either side are on the claim's own page."""
    if step.kind == StepKind.OPENED:
        return f"claim_opened_{side}"
    return f"claim_{step.kind}" if f"claim_{step.kind}" in SENTENCES else "claim_settled"


def _told(step: ClaimStep, side: str) -> Told:
    match step.kind, side:
        case StepKind.OPENED, "seller":
            asked = _("A buyer shows that it does not do what it promises, and asks for the money back.")
            return Told(_("Answer needed: refund of “%(title)s”"), f"{asked} {_due(step.claim)}")
        case StepKind.OPENED, _buyer:
            return Told(
                _("You asked for a refund of “%(title)s”"),
                _("The seller was asked. Without an answer in time you get your money back."),
            )
        case StepKind.REFERRED, _either:
            return Told(
                _("A moderator looks at the refund of “%(title)s”"),
                _("A person looks at what both sides say and decides. You hear of it."),
            )
        case StepKind.CONTESTED, _buyer:
            return Told(
                _("The seller disagrees: refund of “%(title)s”"),
                _("A moderator reads both sides and decides."),
                step.words,
            )
        case StepKind.WITHDRAWN, _seller:
            return Told(
                _("Withdrawn: refund of “%(title)s”"),
                _("The buyer took the claim back and keeps the prompt. Nothing is left to do."),
            )
        case StepKind.REFUSED, _either:
            return Told(
                _("Decided: no refund of “%(title)s”"),
                _("A moderator decided that the price is not given back."),
                step.words,
            )
        case StepKind.CLOSED, _either:
            return Told(
                _("Closed: refund of “%(title)s”"), _("The money went back another way, so this is settled.")
            )
        case _:
            return _refunded(step, side)


def _refunded(step: ClaimStep, side: str) -> Told:
    """Agreed, silent, or decided for the buyer. What the balance did not bear is told of by its own step."""
    if side == SELLER:
        if step.kind == StepKind.UPHELD:
            sentence = _("A moderator decided that the buyer gets the money back.")
        elif step.claim.refund_id:
            sentence = _("You did not answer in time, so the buyer gets the money back.")
        else:
            sentence = _("You did not answer in time.")
        return Told(_("The refund of “%(title)s”"), sentence, step.words)
    sentence = {
        StepKind.ACCEPTED.value: _("The seller agrees."),
        StepKind.SILENCE.value: _("The seller did not answer in time."),
        StepKind.UPHELD.value: _("A moderator decided for you."),
    }[step.kind]
    if step.claim.refund_id:
        sentence += " " + _("You get your money back, the way you paid. Banks take 5 to 10 days to show it.")
    return Told(_("The refund of “%(title)s”"), sentence, step.words)


def _due(claim: RefundClaim) -> str:
    at = formats.date_format(claim.due_at, "DATETIME_FORMAT")
    return _("Answer until %(at)s UTC. Without an answer the buyer gets the money back.") % {"at": at}
