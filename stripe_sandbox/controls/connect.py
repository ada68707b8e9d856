"""Controls that stand for sellers, and for Stripe's judgement of them."""

from ..jsontypes import Json
from ..resources.account_states import RESTRICTIONS, complete_onboarding, deauthorize, restrict
from ..resources.payouts import pay_out
from ..sandbox import Sandbox
from .dispatch import Answer, choice, flag, number, only, register


@register("POST", "accounts/{account_id}/onboard")
def onboard(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Fill in the onboarding page."""
    return 200, complete_onboarding(sandbox, account_id)


@register("POST", "accounts/{account_id}/restrict")
def stop_account(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Stop the account's payouts and transfers, for want of a document or for another `reason`.

    With `{"transfers": true}` the platform may still send it money. `onboard` sets it free again.
    """
    only(body, "reason", "transfers")
    reason = choice(body, "reason", RESTRICTIONS[0], RESTRICTIONS)
    return 200, restrict(sandbox, account_id, reason=reason, transfers=flag(body, "transfers", default=False))


@register("POST", "accounts/{account_id}/deauthorize")
def leave(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Let the account's owner part with the platform."""
    return 200, deauthorize(sandbox, account_id)


@register("POST", "accounts/{account_id}/payout")
def payout(sandbox: Sandbox, body: Json, account_id: str) -> Answer:
    """Pay the available balance (or `amount`) out to the bank: `{"outcome": "paid"}` or `failed`."""
    amount = int(number(body, "amount", 0, least=0)) or None
    outcome = choice(body, "outcome", "paid", ("paid", "failed"))
    return 200, pay_out(sandbox, account_id, amount=amount, succeeds=outcome == "paid")
