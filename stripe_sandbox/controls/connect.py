"""Controls that stand for sellers, and for Stripe's judgement of them."""

from ..jsontypes import Json
from ..resources.accounts import complete_onboarding, restrict
from ..resources.payouts import pay_out
from ..sandbox import Sandbox
from .dispatch import Answer, choice, number, register


@register("POST", "accounts/{account_id}/onboard")
def onboard(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Fill in the onboarding page."""
    return 200, complete_onboarding(sandbox, account_id)


@register("POST", "accounts/{account_id}/restrict")
def stop_account(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Stop the account's transfers and payouts until a document is given."""
    return 200, restrict(sandbox, account_id)


@register("POST", "accounts/{account_id}/payout")
def payout(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Pay the available balance (or `amount`) out to the bank: `{"outcome": "paid"}` or `failed`."""
    amount = int(number(body, "amount", 0, least=0)) or None
    outcome = choice(body, "outcome", "paid", ("paid", "failed"))
    return 200, pay_out(sandbox, account_id, amount=amount, succeeds=outcome == "paid")
