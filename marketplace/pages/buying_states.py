"""What an order's state means to its buyer, in words, and what can be done about it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from common.money import format_money
from payments.models import Dispute, DisputeStatus, Order, OrderStatus
from payments.models.dispute import DISPUTE_STATUSES
from payments.services.checkout import is_open
from payments.services.settlement import FAILED_LATER, SETTLING

_NO_REASON = gettext_lazy("The bank refused the card and gave no reason. Another card often works.")
_NOT_CONFIRMED = gettext_lazy(
    "The bank asked you to confirm the payment, and the confirmation did not succeed."
)

# Stripe's decline codes worth telling apart; it advises not to tell a lost or stolen card from others.
_DECLINES = {
    "insufficient_funds": gettext_lazy("The card has not enough funds for this payment."),
    "expired_card": gettext_lazy("The card has expired."),
    "incorrect_cvc": gettext_lazy("The card's security code was not right."),
    "invalid_cvc": gettext_lazy("The card's security code was not right."),
    "incorrect_number": gettext_lazy("The card's number was not right."),
    "invalid_number": gettext_lazy("The card's number was not right."),
    "invalid_expiry_month": gettext_lazy("The card's expiry date was not right."),
    "invalid_expiry_year": gettext_lazy("The card's expiry date was not right."),
    "incorrect_zip": gettext_lazy("The postal code did not match the card."),
    "processing_error": gettext_lazy("The bank could not process the card just then. Trying again may work."),
    "try_again_later": gettext_lazy("The bank could not process the card just then. Trying again may work."),
    "card_not_supported": gettext_lazy("The card does not allow this kind of payment."),
    "currency_not_supported": gettext_lazy("The card does not allow payments in this currency."),
    "card_velocity_exceeded": gettext_lazy("The card has reached its limit."),
    "withdrawal_count_limit_exceeded": gettext_lazy("The card has reached its limit."),
    "authentication_required": _NOT_CONFIRMED,
    "payment_intent_authentication_failure": _NOT_CONFIRMED,
}
# An order keeps the first 30 characters of a code.
_DECLINES_BY_STORED_CODE = {code[:30]: words for code, words in _DECLINES.items()}


@dataclass(frozen=True, slots=True)
class OrderState:
    """`label` and `status` make the badge; title and text say the rest; `tone` colours it."""

    status: str
    label: Any
    title: str
    text: str
    tone: str
    can_pay: bool = False
    can_cancel: bool = False
    can_buy_again: bool = False


def decline_words(problem: str) -> str:
    """Why the last try to pay was refused, as a person would say it."""
    return str(_DECLINES_BY_STORED_CODE.get(problem, _NO_REASON))


def order_state(order: Order) -> OrderState:
    """How the order stands for its buyer."""
    if order.is_paid:
        return _disputed(order) or _paid(order)
    if order.status == OrderStatus.PENDING:
        return _pending(order)
    return _closed(order)


def order_dispute(order: Order) -> Dispute | None:
    """The last dispute of the order's payment; a bank that merely asks is none."""
    disputes = [
        dispute
        for payment in order.payments.all()
        for dispute in payment.disputes.all()
        if not payment.is_surplus and dispute.status in DISPUTE_STATUSES
    ]
    return max(disputes, key=lambda dispute: (dispute.opened_at, dispute.pk), default=None)


def _disputed(order: Order) -> OrderState | None:
    """A dispute that is open or lost says more than the order's own state; a won one is over."""
    dispute = order_dispute(order)
    if dispute is None or dispute.status == DisputeStatus.WON:
        return None
    if dispute.freezes_refunds:
        return OrderState(
            "disputed",
            _("Disputed"),
            _("The bank is deciding about this payment"),
            _(
                "It was disputed at the bank of the card that paid. Until the bank has decided you keep "
                "what you bought, and we cannot refund it: it would be paid back twice. If you disputed it "
                "by mistake, tell your bank that you withdraw the dispute."
            ),
            "warning",
        )
    amount = {"amount": format_money(dispute.amount, dispute.currency)}
    return OrderState(
        "disputed",
        _("Paid back by the bank"),
        _("The bank gave %(amount)s back") % amount,
        _("The dispute was decided for the buyer. What was paid back in full has left the library."),
        "info",
    )


def _paid(order: Order) -> OrderState:
    titles = {
        OrderStatus.PAID.value: _("Paid and delivered") if order.total_amount else _("Delivered"),
        OrderStatus.PARTIALLY_REFUNDED.value: _("Refunded in part"),
        OrderStatus.REFUNDED.value: _("Refunded"),
    }
    texts = {
        OrderStatus.PAID.value: _("What you bought is in your library, to keep."),
        OrderStatus.PARTIALLY_REFUNDED.value: _(
            "Part of this order was given back. The rest is in your library."
        ),
        OrderStatus.REFUNDED.value: _(
            "All of this order was given back. Banks take 5 to 10 days to show it."
        ),
    }
    label = (
        order.get_status_display() if order.total_amount else pgettext("an order that cost nothing", "Free")
    )
    text = texts[order.status]
    if order.is_gift and order.status != OrderStatus.REFUNDED:
        text = _("It is a present: what became of it stands below.")
    return OrderState(order.status, label, titles[order.status], text, "success")


def refund_on_its_way() -> OrderState:
    """For a paid order that gives access to nothing any more, while Stripe has yet to confirm its refund."""
    return OrderState(
        "pending",
        _("Refund on its way"),
        _("Refund on its way"),
        _("Your refund is on its way. Banks take 5 to 10 days to show it."),
        "info",
    )


def _pending(order: Order) -> OrderState:
    if order.payment_problem == SETTLING:
        return OrderState(
            "pending",
            _("Payment on its way"),
            _("Your payment is on its way"),
            _(
                "Payments by bank take a few working days. We write to you once it has arrived, and the "
                "prompt is then in your library. There is nothing more to do."
            ),
            "info",
        )
    if not is_open(order):
        return _never_paid(order)
    if order.payment_problem:
        return OrderState(
            "failed",
            _("Payment refused"),
            _("The payment did not go through"),
            f"{decline_words(order.payment_problem)} {_('Nothing was charged. Your order is still open.')}",
            "error",
            can_pay=True,
            can_cancel=True,
        )
    return OrderState(
        "pending",
        order.get_status_display(),
        _("Not paid yet"),
        _("Nothing has been charged. The payment page stays open for a while, and your order with it."),
        "warning",
        can_pay=True,
        can_cancel=True,
    )


def _never_paid(order: Order) -> OrderState:
    """Pending by its row, but its payment page was never made or has closed by now."""
    if order.stripe_session_id:
        return _expired()
    return OrderState(
        "failed",
        _("Not started"),
        _("The payment page could not be opened"),
        _("Our payment provider did not answer in time. Nothing was charged. Please try again."),
        "error",
        can_cancel=True,
        can_buy_again=True,
    )


def _closed(order: Order) -> OrderState:
    if order.status == OrderStatus.EXPIRED:
        return _expired()
    if order.payment_problem == FAILED_LATER:
        return OrderState(
            "failed",
            _("Payment failed"),
            _("The bank did not make the payment"),
            _("The payment was announced, but the bank sent it back. Nothing was charged or delivered."),
            "error",
            can_buy_again=True,
        )
    return OrderState(
        order.status,
        order.get_status_display(),
        _("Canceled"),
        _("This order was canceled. Nothing was charged."),
        "info",
        can_buy_again=True,
    )


def _expired() -> OrderState:
    return OrderState(
        "expired",
        OrderStatus.EXPIRED.label,
        _("This order has expired"),
        _("It was not paid in time, so its payment page has closed. Nothing was charged."),
        "warning",
        can_buy_again=True,
    )
