"""Events: the envelope, and the deliveries that follow from it."""

from contextvars import ContextVar

from . import API_VERSION
from .ids import new_id
from .jsontypes import Json
from .presenting import present
from .sandbox import Sandbox

CAUSE: ContextVar[Json | None] = ContextVar("cause", default=None)
"""The API request being answered; empty for what people and time cause."""


def emit(
    sandbox: Sandbox, type: str, obj: Json, *, previous: Json | None = None, account: str | None = None
) -> Json:
    """Make an event of `obj` as it is now and queue it; call it in the transaction of the change.

    `previous` are the former values of changed fields (`previous_attributes`); `account` is the connected
    account it happened on, whose events go to the endpoints made with `connect=true`.
    """
    data: Json = {"object": present(sandbox, dict(obj))}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Json = {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": API_VERSION,
        "created": sandbox.clock.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": CAUSE.get() or {"id": None, "idempotency_key": None},
        "type": type,
    }
    if account:
        event["account"] = account
    with sandbox.store.transaction():
        sandbox.store.add(event, account=account)
        for endpoint, private in sandbox.store.enabled_endpoints():
            wanted = {"*", type}.intersection(endpoint["enabled_events"])
            if wanted and private["connect"] == (account is not None):
                sandbox.deliveries.enqueue(event["id"], endpoint["id"])
    return event
