"""Mails about money. They name orders, titles and amounts; never a prompt's text."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import Wish, wanted_mail_send, wishes_for
from common.mails import mail_send
from common.money import format_money
from payments.models import Gift, Order, OrderItem


def receipt_send(order: Order) -> None:
    """The buyer's receipt: order number, lines, total, and where to read what was bought."""
    with translation.override(order.buyer.language):
        mail_send(
            template="payments/mail/receipt",
            to=order.buyer,
            subject=_("Your receipt for order %(number)s") % {"number": order.number},
            message_id=f"receipt.{order.pk}",
            context={
                "order": order,
                "gift": order.gift if order.is_gift else None,
                "lines": [_line(item) for item in _items(order)],
                "total": format_money(order.total_amount, order.currency),
                "library_url": f"{settings.PUBLIC_URL}/library/",
                "order_url": f"{settings.PUBLIC_URL}/account/orders/{order.pk}/",
            },
        )


def sellers_notify(order: Order) -> None:
    """One mail to each seller in the order who wants it. The buyer's address is not theirs to know."""
    by_seller: dict[int, list[OrderItem]] = {}
    for item in _items(order):
        by_seller.setdefault(item.seller_id, []).append(item)
    users = {seller_id: items[0].seller.user_id for seller_id, items in by_seller.items()}
    wishes = wishes_for(NoticeKind.SALE, users.values())
    for seller_id, seller_items in by_seller.items():
        _seller_notify(order, seller_items, wishes[users[seller_id]])


@dataclass(slots=True)
class Recipient:
    """Somebody who may have no account: nothing is known of them but an address."""

    email: str
    display_name: str = ""


def gift_send(gift: Gift, url: str) -> None:
    """The present itself, in the giver's language: from whom, what is said with it, titles, and the link."""
    buyer = gift.order.buyer
    with translation.override(buyer.language):
        mail_send(
            template="payments/mail/gift",
            to=Recipient(gift.email),
            subject=_("%(name)s has given you a present") % {"name": buyer.display_name},
            message_id=f"gift.{gift.pk}.{gift.revision}.{gift.sent_count}",
            context={
                "giver": buyer.display_name,
                "message": gift.message,
                "titles": [item.title for item in _items(gift.order)],
                "gift_url": url,
            },
        )


def gift_claimed_send(gift: Gift) -> None:
    """The giver learns that it arrived."""
    _giver_tell(gift, "gift_claimed")


def gift_unclaimed_send(gift: Gift) -> None:
    """The giver learns that nobody has claimed it, and what can be done."""
    _giver_tell(gift, "gift_unclaimed")


def _giver_tell(gift: Gift, template: str) -> None:
    order = gift.order
    with translation.override(order.buyer.language):
        subject = (
            _("Your gift has been claimed") if gift.claimed_at else _("Nobody has claimed your gift yet")
        )
        mail_send(
            template=f"payments/mail/{template}",
            to=order.buyer,
            subject=subject,
            message_id=f"{template}.{gift.pk}.{gift.revision}.{gift.sent_count}",
            context={
                "gift": gift,
                "titles": [item.title for item in _items(order)],
                "order_url": f"{settings.PUBLIC_URL}/account/orders/{order.pk}/",
            },
        )


def payment_failed_send(order: Order) -> None:
    """A delayed payment did not settle: nothing was taken, and the prompt was not delivered."""
    with translation.override(order.buyer.language):
        mail_send(
            template="payments/mail/payment_failed",
            to=order.buyer,
            subject=_("The payment for order %(number)s did not go through") % {"number": order.number},
            message_id=f"payment-failed.{order.pk}",
            context={
                "order": order,
                "lines": [_line(item) for item in _items(order)],
                "order_url": f"{settings.PUBLIC_URL}/account/orders/{order.pk}/",
            },
        )


def _seller_notify(order: Order, items: list[OrderItem], wish: Wish) -> None:
    seller = items[0].seller
    net = sum(item.seller_amount for item in items)
    with translation.override(seller.user.language):
        subject = _("You sold “%(title)s”") if net else _("“%(title)s” is in one more library")
        wanted_mail_send(
            kind=NoticeKind.SALE,
            template="payments/mail/sale",
            to=seller.user,
            wish=wish,
            subject=subject % {"title": items[0].title},
            message_id=f"sale.{order.pk}.{seller.pk}",
            context={
                "order": order,
                "seller": seller,
                "lines": [_line(item) for item in items],
                "net": format_money(net, order.currency),
                "hold_days": settings.EARNINGS_HOLD_DAYS,
                "is_free": net == 0,
                "sales_url": f"{settings.PUBLIC_URL}/sell/sales/",
            },
        )


def _items(order: Order) -> list[OrderItem]:
    """As they were chosen. A caller that sends several mails fetches them once, with their sellers."""
    return sorted(order.items.all(), key=lambda item: item.pk)


def _line(item: OrderItem) -> dict[str, Any]:
    currency = item.order.currency
    return {
        "title": item.title,
        "seller": item.seller.name,
        "amount": format_money(item.seller_amount + item.charged_fee_amount, currency),
        "fee": format_money(item.charged_fee_amount, currency),
        "share": format_money(item.seller_amount, currency),
    }
