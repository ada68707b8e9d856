"""Mails about money. They name orders, titles and amounts; never a prompt's text."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import wanted_mail_send
from common.mails import mail_send
from common.money import format_money
from payments.models import Order, OrderItem


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
    for seller_items in by_seller.values():
        _seller_notify(order, seller_items)


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


def _seller_notify(order: Order, items: list[OrderItem]) -> None:
    seller = items[0].seller
    net = sum(item.seller_amount for item in items)
    with translation.override(seller.user.language):
        subject = _("You sold “%(title)s”") if net else _("“%(title)s” is in one more library")
        wanted_mail_send(
            kind=NoticeKind.SALE,
            template="payments/mail/sale",
            to=seller.user,
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
