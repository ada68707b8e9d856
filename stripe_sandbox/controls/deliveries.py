"""Controls of the network between Stripe and us: hold, drop, delay, reorder, repeat."""

from ..jsontypes import Json
from ..sandbox import Sandbox
from ..webhooks.delivery import MODES, ORDERS
from .dispatch import Answer, ControlError, choice, number, register


@register("POST", "deliveries")
def configure(sandbox: Sandbox, body: Json) -> Answer:
    """Set how events leave from now on.

    `mode`: `normal`, `hold` (kept, and let go by `normal`) or `drop` (never sent; they stay listed as
    undelivered). `order`: `fifo`, or `reverse`/`random`, which send one after the other. `delay_ms`: wait
    before each first try.
    """
    deliveries = sandbox.deliveries
    deliveries.configure(
        mode=choice(body, "mode", deliveries.mode, MODES),
        order=choice(body, "order", deliveries.order, ORDERS),
        delay_seconds=number(body, "delay_ms", deliveries.delay_seconds * 1000, least=0) / 1000,
    )
    return state(sandbox, {})


@register("GET", "deliveries")
def state(sandbox: Sandbox, body: Json) -> Answer:
    """Answer the mode and how many deliveries are in which state."""
    with sandbox.store.transaction() as connection:
        counted = connection.execute("SELECT state, count(*) AS n FROM deliveries GROUP BY state").fetchall()
    deliveries = sandbox.deliveries
    return 200, {
        "mode": deliveries.mode,
        "order": deliveries.order,
        "delay_ms": round(deliveries.delay_seconds * 1000),
        "counts": {row["state"]: row["n"] for row in counted},
    }


@register("POST", "deliveries/settle")
def settle(sandbox: Sandbox, body: Json) -> Answer:
    """Wait up to `timeout` seconds until nothing is left to send."""
    done = sandbox.deliveries.settle(number(body, "timeout", 10, least=0))
    return (200 if done else 504), {"settled": done}


@register("POST", "deliveries/retry")
def retry(sandbox: Sandbox, body: Json) -> Answer:
    """Try everything undelivered again at once, also what was dropped or given up."""
    with sandbox.store.transaction() as connection:
        changed = connection.execute(
            "UPDATE deliveries SET state = 'pending', attempts = 0, due = 0 WHERE state != 'delivered'"
        ).rowcount
    sandbox.deliveries.wake()
    return 200, {"retried": changed}


@register("POST", "events/{event_id}/send")
def send(sandbox: Sandbox, body: Json, event_id: str) -> Answer:
    """Send an event again, `times` times to each endpoint, all at once with `parallel`; answers the
    statuses.
    """
    times = int(number(body, "times", 1, least=1))
    if times > 1000:
        raise ControlError("times must be at most 1000")
    event = sandbox.load("event", event_id)
    statuses = sandbox.deliveries.send_now(event, times=times, parallel=bool(body.get("parallel", False)))
    return 200, {"event": event_id, "statuses": statuses}
