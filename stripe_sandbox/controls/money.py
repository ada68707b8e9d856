"""Controls that stand for banks and for Stripe's own dashboard: disputes and failed refunds."""

from ..jsontypes import Json
from ..resources.disputes import close_dispute, open_dispute
from ..resources.refunds import fail_refund
from ..sandbox import Sandbox
from .dispatch import Answer, choice, number, register

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
    """
    if charge_id.startswith("pi_"):
        charge_id = sandbox.load("payment_intent", charge_id)["latest_charge"] or ""
    amount = int(number(body, "amount", 0, least=0)) or None
    return 200, open_dispute(
        sandbox, charge_id, reason=choice(body, "reason", "fraudulent", _REASONS), amount=amount
    )


@register("POST", "disputes/{dispute_id}/close")
def close(sandbox: Sandbox, body: Json, dispute_id: str) -> Answer:
    """Close a dispute: `{"outcome": "won"}` or `lost`."""
    return 200, close_dispute(
        sandbox, dispute_id, won=choice(body, "outcome", "lost", ("won", "lost")) == "won"
    )


@register("POST", "refunds/{refund_id}/fail")
def refund_fails(sandbox: Sandbox, body: Json, refund_id: str) -> Answer:
    """Let a refund come back from the bank."""
    return 200, fail_refund(sandbox, refund_id)
