"""Checkout sessions: routes. Their shape is in `session_shape`, what paying does is in `payments`."""

from ..errors import StripeError, invalid
from ..events import emit
from ..jsontypes import Json
from ..money import CURRENCIES, in_words, minimum_amount
from ..pagination import list_answer, whole_list
from ..params import LIST_FIELDS, Bool, Int, ListOf, Metadata, Obj, Str, Url, merge_metadata
from ..presenting import INCLUDABLE, PRESENTERS, present
from ..routing import Call, route
from ..sandbox import Sandbox
from .session_shape import new_line_items, new_session

_MINUTES = 60
_HOURS = 3600
SHORTEST_LIFE = 30 * _MINUTES
LONGEST_LIFE = 24 * _HOURS
LOCALES = [
    "auto",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "en-GB",
    "es",
    "es-419",
    "et",
    "fi",
    "fil",
    "fr",
    "fr-CA",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt",
    "pt-BR",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "th",
    "tr",
    "vi",
    "zh",
    "zh-HK",
    "zh-TW",
]
METHODS = ("card", "us_bank_account")

_PRODUCT = Obj(
    {
        "name": Str(max_length=250),
        "description": Str(max_length=1000),
        "images": ListOf(Url(), maximum=8),
        "metadata": Metadata(),
        "tax_code": Str(),
    },
    required=["name"],
)
_PRICE = Obj(
    {
        "currency": Str(),
        "unit_amount": Int(minimum=0, maximum=99_999_999),
        "product_data": _PRODUCT,
        "tax_behavior": Str(choices=("exclusive", "inclusive", "unspecified")),
    },
    required=["currency", "product_data", "unit_amount"],
)
_LINE_ITEM = Obj(
    {"price_data": _PRICE, "quantity": Int(minimum=1, maximum=999_999), "metadata": Metadata()},
    required=["price_data", "quantity"],
)
_INTENT_DATA = Obj(
    {
        "metadata": Metadata(),
        "transfer_group": Str(),
        "description": Str(max_length=1000),
        "receipt_email": Str(max_length=800),
        "statement_descriptor": Str(max_length=22),
        "statement_descriptor_suffix": Str(max_length=22),
        "capture_method": Str(choices=("automatic", "automatic_async")),
    }
)
_MESSAGE = Obj({"message": Str(max_length=1200)}, required=["message"])
_CREATE = Obj(
    {
        "mode": Str(choices=("payment",)),
        "line_items": ListOf(_LINE_ITEM),
        "success_url": Url(),
        "cancel_url": Url(),
        "client_reference_id": Str(max_length=200),
        "customer_email": Str(max_length=800),
        "customer_creation": Str(choices=("if_required",)),
        "metadata": Metadata(),
        "payment_intent_data": _INTENT_DATA,
        "allowed_payment_method_types": ListOf(Str(choices=METHODS)),
        "excluded_payment_method_types": ListOf(Str(choices=METHODS)),
        "expires_at": Int(),
        "locale": Str(choices=LOCALES),
        "submit_type": Str(choices=("auto", "book", "donate", "pay")),
        "ui_mode": Str(choices=("hosted_page",)),
        "billing_address_collection": Str(choices=("auto",)),
        "allow_promotion_codes": Bool(),
        "automatic_tax": Obj({"enabled": Bool()}, required=["enabled"]),
        "invoice_creation": Obj({"enabled": Bool()}, required=["enabled"]),
        "custom_text": Obj({"submit": _MESSAGE, "after_submit": _MESSAGE}),
        "origin_context": Str(choices=("mobile_app", "web")),
        "expand": ListOf(Str()),
    },
    required=["line_items", "mode", "success_url"],
)


@route("POST", "/v1/checkout/sessions", _CREATE)
def create_session(call: Call) -> Json:
    """Open a session; nothing is charged before somebody pays on its page."""
    params = call.params
    _check_switched_off(params)
    currency = _currency(params["line_items"])
    now = call.sandbox.clock.now()
    expires_at = params.get("expires_at", now + LONGEST_LIFE)
    _check_expiry(expires_at - now)
    items = new_line_items(call.sandbox, params["line_items"])
    total = sum(item["amount_total"] for item in items)
    if 0 < total < minimum_amount(currency):
        raise invalid(
            "The Checkout Session's total amount due must add up to at least "
            f"{in_words(minimum_amount(currency), currency)} {currency}",
            code="amount_too_small",
        )
    session = new_session(call.sandbox, params, total=total, currency=currency, expires_at=expires_at)
    if not session["payment_method_types"]:
        raise invalid(f"No valid payment method types for this Checkout Session ({currency}).")
    call.sandbox.store.add(
        session, private={"line_items": items, "payment_intent_data": params.get("payment_intent_data", {})}
    )
    return present(call.sandbox, session)


def _check_switched_off(params: Json) -> None:
    for name in ("automatic_tax", "invoice_creation"):
        if params.get(name, {}).get("enabled"):
            raise invalid(f"The sandbox does not simulate {name}.", param=f"{name}[enabled]")
    if params.get("allow_promotion_codes"):
        raise invalid("The sandbox does not simulate promotion codes.", param="allow_promotion_codes")


def _currency(items: list[Json]) -> str:
    if not items:
        raise invalid("Missing required param: line_items.", code="parameter_missing", param="line_items")
    currencies = [item["price_data"]["currency"].lower() for item in items]
    if currencies[0] not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {currencies[0]}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param="line_items[0][price_data][currency]",
        )
    if len(set(currencies)) > 1:
        raise invalid("All line items must use the same currency.", param="line_items")
    return str(currencies[0])


def _check_expiry(life: int) -> None:
    if life < SHORTEST_LIFE - 5:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if life > LONGEST_LIFE:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )


@route("GET", "/v1/checkout/sessions/{id}")
def retrieve_session(call: Call) -> Json:
    """Answer one session; one whose time is over is expired first."""
    session = call.sandbox.load("checkout.session", call.ids["id"], label="checkout.session")
    return present(call.sandbox, expire_if_due(call.sandbox, session))


@route(
    "GET",
    "/v1/checkout/sessions",
    Obj(LIST_FIELDS | {"payment_intent": Str(), "status": Str(choices=("open", "complete", "expired"))}),
)
def list_sessions(call: Call) -> Json:
    """Answer sessions, newest first."""
    expire_all_due(call.sandbox)
    equal = ("payment_intent", "status")
    return list_answer(call, "checkout.session", url="/v1/checkout/sessions", equal=equal)


@route("POST", "/v1/checkout/sessions/{id}", Obj({"metadata": Metadata(), "expand": ListOf(Str())}))
def update_session(call: Call) -> Json:
    """Change a session's metadata."""
    session = call.sandbox.load("checkout.session", call.ids["id"])
    session["metadata"] = merge_metadata(session["metadata"], call.params.get("metadata"))
    return present(call.sandbox, call.sandbox.store.save(session))


@route("POST", "/v1/checkout/sessions/{id}/expire")
def expire_session(call: Call) -> Json:
    """Close an open session before its time."""
    session = call.sandbox.load("checkout.session", call.ids["id"])
    session = expire_if_due(call.sandbox, session)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            "Session has a status "
            f"of `{session['status']}`."
        )
    return present(call.sandbox, expire(call.sandbox, session))


@route(
    "GET",
    "/v1/checkout/sessions/{id}/line_items",
    Obj({name: LIST_FIELDS[name] for name in ("limit", "starting_after", "ending_before", "expand")}),
)
def list_line_items(call: Call) -> Json:
    """Answer what is being bought, in the order it was given."""
    session = call.sandbox.load("checkout.session", call.ids["id"])
    items = call.sandbox.store.private(session["id"])["line_items"]
    after = call.params.get("starting_after")
    if after:
        places = [index for index, item in enumerate(items) if item["id"] == after]
        items = items[places[0] + 1 :] if places else []
    limit = call.params.get("limit", 10)
    answer = whole_list(items[:limit], url=f"/v1/checkout/sessions/{session['id']}/line_items")
    return answer | {"has_more": len(items) > limit}


def expire(sandbox: Sandbox, session: Json) -> Json:
    """Mark an open session expired and tell so; call it in a transaction that has just read the session."""
    session["status"] = "expired"
    with sandbox.store.transaction():
        sandbox.store.save(session)
        emit(sandbox, "checkout.session.expired", session)
    return session


def expire_if_due(sandbox: Sandbox, session: Json) -> Json:
    """Return the session as time has made it."""
    with sandbox.store.transaction():
        session = sandbox.load("checkout.session", session["id"])
        if session["status"] == "open" and session["expires_at"] <= sandbox.clock.now():
            return expire(sandbox, session)
    return session


def expire_all_due(sandbox: Sandbox) -> int:
    """Expire every open session whose time is over; return how many."""
    with sandbox.store.transaction():
        due = sandbox.store.sessions_ending(sandbox.clock.now())
        for session in due:
            expire(sandbox, session)
    return len(due)


def _present(sandbox: Sandbox, session: Json) -> Json:
    """Give the address of the page while there is something to do on it (the port may change with a
    restart).
    """
    open_now = session["status"] == "open"
    return session | {"url": f"{sandbox.base_url}/c/pay/{session['id']}" if open_now else None}


def _line_items(sandbox: Sandbox, session: Json) -> Json:
    items = sandbox.store.private(session["id"])["line_items"]
    answer = whole_list(items[:10], url=f"/v1/checkout/sessions/{session['id']}/line_items")
    return {"value": answer | {"has_more": len(items) > 10}}


PRESENTERS["checkout.session"] = _present
INCLUDABLE["checkout.session", "line_items"] = _line_items
