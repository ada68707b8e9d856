"""Controls of the platform's own money: what Stripe sends to its bank, charges it, or puts right."""

from ..jsontypes import Json
from ..resources.balance import record
from ..resources.payouts import PLATFORM_CURRENCY, pay_out
from ..sandbox import Sandbox
from .dispatch import Answer, ControlError, choice, number, only, register


@register("POST", "platform/payout")
def payout(sandbox: Sandbox, body: Json) -> Answer:
    """Pay the platform's available balance (or `amount`) out to its bank; `outcome` is `paid` or `failed`."""
    only(body, "amount", "outcome")
    amount = int(number(body, "amount", 0, least=0)) or None
    outcome = choice(body, "outcome", "paid", ("paid", "failed"))
    return 200, pay_out(sandbox, None, amount=amount, succeeds=outcome == "paid")


@register("POST", "platform/fee")
def fee(sandbox: Sandbox, body: Json) -> Answer:
    """Charge the platform a fee of Stripe's that belongs to no payment, of `amount` minor units."""
    only(body, "amount")
    amount = _whole(body)
    if amount < 0:
        raise ControlError("amount must be positive: it is what the fee takes.")
    return 200, _book(sandbox, "stripe_fee", -amount, "Stripe fees")


@register("POST", "platform/adjustment")
def adjustment(sandbox: Sandbox, body: Json) -> Answer:
    """Change the platform's balance by `amount` minor units, either way; nothing says why."""
    only(body, "amount")
    return 200, _book(sandbox, "adjustment", _whole(body), "Adjustment")


def _whole(body: Json) -> int:
    amount = body.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount == 0:
        raise ControlError("amount must be a whole number other than 0, in minor units.")
    return amount


def _book(sandbox: Sandbox, type: str, amount: int, description: str) -> Json:
    return record(
        sandbox, type=type, amount=amount, currency=PLATFORM_CURRENCY, source=None, description=description
    )
