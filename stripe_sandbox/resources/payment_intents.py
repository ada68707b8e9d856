"""Payment intents: their shape and routes. Checkout makes them; nobody confirms them through the API here."""

from ..errors import StripeError
from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import Where, list_answer
from ..params import LIST_FIELDS, ListOf, Metadata, Obj, Str, merge_metadata
from ..routing import Call, route
from ..sandbox import Sandbox

_UNUSED = (
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "on_behalf_of",
    "payment_method",
    "processing",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "transfer_data",
)
"""Fields that an intent has and that nothing in the sandbox fills."""


def new_intent(sandbox: Sandbox, session: Json, data: Json) -> Json:
    """Return the intent of a session from its `payment_intent_data`, stored, with its event."""
    intent_id = new_id("pi_")
    intent: Json = dict.fromkeys(_UNUSED) | {
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('')}",
        "confirmation_method": "automatic",
        "created": sandbox.clock.now(),
        "currency": session["currency"],
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "payment_method_options": {},
        "payment_method_types": list(session["payment_method_types"]),
        "receipt_email": data.get("receipt_email"),
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_group": data.get("transfer_group"),
    }
    sandbox.store.add(intent, private={"session": session["id"]})
    emit(sandbox, "payment_intent.created", intent)
    return intent


@route("GET", "/v1/payment_intents", Obj(LIST_FIELDS | {"customer": Str()}))
def list_intents(call: Call) -> Json:
    """Answer payment intents, newest first."""
    where = Where("FALSE") if "customer" in call.params else None
    return list_answer(call, "payment_intent", url="/v1/payment_intents", where=where)


@route("GET", "/v1/payment_intents/{id}")
def retrieve_intent(call: Call) -> Json:
    """Answer one payment intent."""
    return call.sandbox.load("payment_intent", call.ids["id"])


@route(
    "POST",
    "/v1/payment_intents/{id}",
    Obj({"metadata": Metadata(), "description": Str(), "transfer_group": Str(), "expand": ListOf(Str())}),
)
def update_intent(call: Call) -> Json:
    """Change the descriptive parts of an intent."""
    intent = call.sandbox.load("payment_intent", call.ids["id"])
    intent["metadata"] = merge_metadata(intent["metadata"], call.params.get("metadata"))
    intent |= {name: call.params[name] for name in ("description", "transfer_group") if name in call.params}
    return call.sandbox.store.save(intent)


_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


@route(
    "POST",
    "/v1/payment_intents/{id}/cancel",
    Obj({"cancellation_reason": Str(choices=_REASONS), "expand": ListOf(Str())}),
)
def cancel_intent(call: Call) -> Json:
    """Refuse: Stripe does not let an intent of Checkout be canceled; the session is expired instead."""
    intent = call.sandbox.load("payment_intent", call.ids["id"])
    raise StripeError(
        "You cannot cancel this PaymentIntent because it was created by a Checkout Session "
        f"({call.sandbox.store.private(intent['id'])['session']}). Expire the session instead.",
        code="payment_intent_unexpected_state",
    )
