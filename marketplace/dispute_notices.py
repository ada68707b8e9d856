"""Telling sellers about disputes of what they sold: what is at stake, and that nothing need be done.

The outbox may run a handler twice; the Message-ID is made from its row and the seller.
"""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind, SellerProfile
from accounts.notices import wanted_mail_send
from common.models import OutboxMessage
from common.money import format_money
from common.outbox import handles
from marketplace.notifying.services import News, people_notify
from payments.models import Dispute, DisputeStatus


@handles("dispute_opened")
def dispute_opened(message: OutboxMessage) -> None:
    """The bank has the money until it decides; the seller's share of it is held."""
    for seller, context in _stakes(message):
        with translation.override(seller.user.language):
            subject = _("A bank disputes the payment of order %(number)s") % {"number": context["number"]}
            _send(message, seller, "dispute_opened", subject, context)


@handles("dispute_closed")
def dispute_closed(message: OutboxMessage) -> None:
    """The bank has decided: the share is the seller's again, or lost."""
    is_won = message.payload["status"] == DisputeStatus.WON
    for seller, context in _stakes(message):
        with translation.override(seller.user.language):
            subject = (
                _("Dispute won: order %(number)s") if is_won else _("Dispute lost: order %(number)s")
            ) % {"number": context["number"]}
            _send(message, seller, "dispute_closed", subject, context | {"is_won": is_won})


def _stakes(message: OutboxMessage) -> list[tuple[SellerProfile, dict[str, Any]]]:
    """Each seller who has something at stake, with the order's number, own titles, and the amount."""
    stakes: dict[str, int] = message.payload["stakes"]
    dispute = Dispute.objects.select_related("payment__order").get(pk=message.subject)
    order = dispute.payment.order
    sellers = SellerProfile.objects.filter(pk__in=stakes).select_related("user").order_by("pk")
    return [
        (
            seller,
            {
                "number": order.number,
                "titles": list(
                    order.items.filter(seller=seller).order_by("pk").values_list("title", flat=True)
                ),
                "amount": stakes[str(seller.pk)],
                "currency": dispute.currency,
            },
        )
        for seller in sellers
    ]


def _send(
    message: OutboxMessage, seller: SellerProfile, template: str, subject: str, context: dict[str, Any]
) -> None:
    what = (
        template if template == "dispute_opened" else "dispute_won" if context["is_won"] else "dispute_lost"
    )
    news = News(seller.user_id, what, "/sell/sales/", {"number": context["number"]})
    people_notify(kind=NoticeKind.DISPUTE, source=f"{message.topic}:{message.pk}", news=[news], mails=False)
    wanted_mail_send(
        kind=NoticeKind.DISPUTE,
        template=f"mail/{template}",
        to=seller.user,
        subject=subject,
        message_id=f"{template}.{message.pk}.{seller.pk}",
        context={
            **context,
            "amount": format_money(context["amount"], context["currency"]),
            "url": f"{settings.PUBLIC_URL}/sell/sales/",
        },
    )
