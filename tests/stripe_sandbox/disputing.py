"""What the tests about disputes share: making one, and looking at it."""

from typing import Any

import stripe

from .process import SandboxProcess
from .shop import Shop


def charged(shop: Shop, sandbox: SandboxProcess, amount: int = 2000, **pay: Any) -> str:
    """Return a paid charge."""
    session = shop.open_session(amount)
    return str(sandbox.pay(session.id, **pay)["charge"])


def disputed(shop: Shop, sandbox: SandboxProcess, charge: str, **body: Any) -> stripe.Dispute:
    """Dispute a charge as its bank would, and read the dispute through the API."""
    opened = sandbox.control(f"charges/{charge}/dispute", body)
    return shop.client.v1.disputes.retrieve(opened["id"])


def types_about(shop: Shop, object_id: str) -> list[str]:
    """Return the events of an object, oldest first, without the `charge.dispute.` they begin with."""
    told = [event.type for event in shop.events() if event.data.object.to_dict()["id"] == object_id]
    return [type.removeprefix("charge.dispute.") for type in reversed(told)]


def movements(dispute: stripe.Dispute) -> list[tuple[int, int]]:
    """Return amount and fee of each movement."""
    return [(movement.amount, movement.fee) for movement in dispute.balance_transactions]
