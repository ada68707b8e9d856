"""Controls that stand for banks and for Stripe's own dashboard: disputes and failed refunds."""

from ..jsontypes import Json
from ..resources.dispute_steps import (
    close_dispute,
    escalate_inquiry,
    open_dispute,
    reinstate_funds,
    withdraw_funds,
)
from ..resources.refunds import FAILURES, fail_refund
from ..sandbox import Sandbox
from .dispatch import Answer, choice, flag, number, only, register

_REASONS = (
    "fraudulent",
    "duplicate",
    "product_not_received",
    "product_unacceptable",
    "unrecognized",
    "credit_not_processed",
    "general",
)


@register("POST", "charges/{charge_id}/dispute")
def dispute(sandbox: Sandbox, body: Json, charge_id: str) -> Answer:
    """Open a dispute on a charge (or on the charge of a payment intent), for all of it unless `amount` is
    given.

    With `inquiry` the bank only asks; with `{"withdraw": false}` it takes the money later.
    """
    only(body, "reason", "amount", "inquiry", "withdraw")
    if charge_id.startswith("pi_"):
        charge_id = sandbox.load("payment_intent", charge_id)["latest_charge"] or ""
    return 200, open_dispute(
        sandbox,
        charge_id,
        reason=choice(body, "reason", "fraudulent", _REASONS),
        amount=int(number(body, "amount", 0, least=0)) or None,
        inquiry=flag(body, "inquiry", default=False),
        withdraw=flag(body, "withdraw", default=True),
    )


@register("POST", "disputes/{dispute_id}/escalate")
def escalate(sandbox: Sandbox, body: Json, dispute_id: str) -> Answer:
    """Turn an inquiry into a dispute; `{"withdraw": false}` leaves the money for later."""
    only(body, "withdraw")
    return 200, escalate_inquiry(sandbox, dispute_id, withdraw=flag(body, "withdraw", default=True))


@register("POST", "disputes/{dispute_id}/withdraw")
def withdraw(sandbox: Sandbox, body: Json, dispute_id: str) -> Answer:
    """Take the money that was left."""
    return 200, withdraw_funds(sandbox, dispute_id)


@register("POST", "disputes/{dispute_id}/close")
def close(sandbox: Sandbox, body: Json, dispute_id: str) -> Answer:
    """Close a dispute: `{"outcome": "won"}` or `lost`; an inquiry always ends as `warning_closed`.

    `{"outcome": "won", "reinstate": false}` brings the money back later.
    """
    only(body, "outcome", "reinstate")
    won = choice(body, "outcome", "lost", ("won", "lost")) == "won"
    return 200, close_dispute(sandbox, dispute_id, won=won, reinstate=flag(body, "reinstate", default=True))


@register("POST", "disputes/{dispute_id}/reinstate")
def reinstate(sandbox: Sandbox, body: Json, dispute_id: str) -> Answer:
    """Bring back the money of a dispute that was won."""
    return 200, reinstate_funds(sandbox, dispute_id)


@register("POST", "refunds/{refund_id}/fail")
def refund_fails(sandbox: Sandbox, body: Json, refund_id: str) -> Answer:
    """Let a refund come back from the bank, for a `reason`."""
    only(body, "reason")
    return 200, fail_refund(sandbox, refund_id, reason=choice(body, "reason", FAILURES[0], FAILURES))
