"""The only module that knows Stripe's SDK: its client, its errors, checkout, refunds, webhooks.

gateway_disputes, gateway_connect and gateway_lists ask the rest through `client` and `call`. What comes
back is small dataclasses, never Stripe's objects.

Every write carries an idempotency key made from a committed row. Errors are of two kinds:
GatewayUnavailable (nobody knows whether it happened: try again with the same key) and GatewayRefused
(it did not happen, and will not with this request).
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import Unavailable

# What a session is retrieved with, so that one call tells all that settling an order needs.
SESSION_EXPAND = ["payment_intent.latest_charge.balance_transaction"]
# A page waits for some of these calls, and holds a thread of the web server meanwhile.
TIMEOUT_SECONDS = 8
RETRIES = 1


class GatewayUnavailable(Unavailable):
    """Stripe did not answer, or answered with a fault of its own. Repeat with the same key."""

    code = "payment_provider_unavailable"


class GatewayFault(GatewayUnavailable):
    """This key gives the same fault for a day (a 5xx, or other parameters): repeat with a new key."""


class GatewayRefused(Exception):
    """Stripe understood and said no; `code` is its word for why, where it gave one."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class GatewayDenied(GatewayRefused):
    """Our key may not do this, or is wrong: the operator's to mend, and no fault of what was asked."""


class SignatureInvalid(Exception):
    """A webhook that Stripe did not sign, or not lately."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A Checkout Session as Stripe tells it; amounts in minor units."""

    id: str
    url: str | None
    status: str
    payment_status: str
    mode: str
    amount_total: int
    currency: str
    client_reference_id: str | None
    payment_intent_id: str | None
    payment_intent_status: str | None
    charge_id: str | None
    processing_fee_amount: int | None
    refunded_amount: int
    is_disputed: bool
    metadata: Mapping[str, str]
    country: str = ""


@dataclass(frozen=True, slots=True)
class RefundFacts:
    id: str
    amount: int
    currency: str
    status: str
    refund_row_id: str | None
    metadata: Mapping[str, str]


@lru_cache(maxsize=1)
def client() -> stripe.StripeClient:
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def call(method: Any, *args: Any, **kwargs: Any) -> Any:
    """Call Stripe and sort its errors into the two kinds."""
    try:
        return method(*args, **kwargs)
    except stripe.IdempotencyError as error:
        kind = GatewayUnavailable if error.http_status == 409 else GatewayFault
        raise kind(_("The payment provider is busy. Please try again.")) from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise GatewayUnavailable(_("The payment provider did not answer. Please try again.")) from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        if error.http_status == 409:
            raise GatewayUnavailable(_("The payment provider is busy. Please try again.")) from error
        raise GatewayRefused(error.user_message or str(error), code=error.code or "") from error
    except stripe.APIError as error:
        raise GatewayFault(_("The payment provider had a fault. Please try again.")) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # The SDK leaves `code` of these two empty; the answer's body has it.
        code = getattr(error.error, "code", None) or ""
        raise GatewayDenied(type(error).__name__, code=code) from error
    except stripe.StripeError as error:
        raise GatewayRefused(type(error).__name__) from error


def listed(method: Any, *args: Any) -> list[Any]:
    """All of a list, page by page, newest first as Stripe has it."""
    return call(lambda: list(method(*args).auto_paging_iter()))  # type: ignore[no-any-return]


def session_create(
    *,
    order_id: str,
    order_number: str,
    lines: Sequence[SessionLine],
    currency: str,
    email: str,
    language: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime.datetime,
    metadata: Mapping[str, str],
    attempt: int,
) -> SessionFacts:
    """Make the Checkout Session of a committed order; the same attempt gives the same session.

    `metadata` stays on the session beside the order's id: up to 48 texts of 500 characters.
    """
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": order_id,
        "customer_email": email,
        "locale": "fr" if language.startswith("fr") else "en",
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "metadata": {"order_id": order_id, "order_number": order_number, **metadata},
        "payment_intent_data": {
            "description": f"Promptfair {order_number}",
            "metadata": {"order_id": order_id, "order_number": order_number},
            "transfer_group": order_number,
        },
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": line.amount,
                    "product_data": {"name": line.name},
                },
            }
            for line in lines
        ],
    }
    options: Any = {"idempotency_key": f"order-{order_id}-session-{attempt}"}
    return _session_facts(call(client().v1.checkout.sessions.create, params, options))


def session_retrieve(session_id: str) -> SessionFacts:
    """Stripe's own word on a session, with its payment, charge and fee."""
    return _session_facts(
        call(client().v1.checkout.sessions.retrieve, session_id, {"expand": SESSION_EXPAND})
    )


def session_of_payment(payment_intent_id: str) -> SessionFacts | None:
    """The session that a payment was made through, without its charge; None if it came another way."""
    params: Any = {"payment_intent": payment_intent_id, "limit": 1}
    found = call(client().v1.checkout.sessions.list, params).data
    return _session_facts(found[0]) if found else None


def processing_fee_amount(payment_intent_id: str) -> int | None:
    """What Stripe kept of a payment, in minor units; None while its balance transaction is not there yet."""
    params: Any = {"expand": ["latest_charge.balance_transaction"]}
    intent = call(client().v1.payment_intents.retrieve, payment_intent_id, params)
    return getattr(getattr(intent.latest_charge, "balance_transaction", None), "fee", None)


def session_expire(session_id: str) -> None:
    """Close an open session. One that is complete or expired already is left as it is."""
    try:
        call(client().v1.checkout.sessions.expire, session_id)
    except GatewayRefused:
        if session_retrieve(session_id).status == "open":
            raise


def refund_create(
    *, payment_intent_id: str, amount: int, refund_row_id: str, metadata: Mapping[str, str], attempt: int
) -> RefundFacts:
    """Give `amount` minor units of a payment back, keyed by our row and its attempt."""
    params: Any = {
        "payment_intent": payment_intent_id,
        "amount": amount,
        "metadata": {"refund_id": refund_row_id, **metadata},
    }
    options: Any = {"idempotency_key": f"refund-{refund_row_id}-{attempt}"}
    return _refund_facts(call(client().v1.refunds.create, params, options))


def refunds_of_payment(payment_intent_id: str) -> list[RefundFacts]:
    """Every refund Stripe knows of a payment, whoever made it, oldest first."""
    found = listed(client().v1.refunds.list, {"payment_intent": payment_intent_id, "limit": 100})
    return [_refund_facts(refund) for refund in reversed(found)]


def event_verify(*, body: bytes, signature: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The event in a webhook's body, once one of `secrets` has signed it within five minutes.

    Raises SignatureInvalid. Several secrets serve while one is rolled over; none configured refuses all.
    """
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)
            event = json.loads(body)
            if isinstance(event, dict) and isinstance(event.get("id"), str):
                return event
        except (stripe.SignatureVerificationError, ValueError):
            continue
    raise SignatureInvalid


def _session_facts(session: Any) -> SessionFacts:
    payment_intent = session.payment_intent
    charge = getattr(payment_intent, "latest_charge", None)
    balance_transaction = getattr(charge, "balance_transaction", None)
    return SessionFacts(
        id=session.id,
        url=session.url,
        status=session.status,
        payment_status=session.payment_status,
        mode=session.mode,
        amount_total=session.amount_total,
        currency=session.currency,
        client_reference_id=session.client_reference_id,
        payment_intent_id=id_of(payment_intent),
        payment_intent_status=getattr(payment_intent, "status", None),
        charge_id=id_of(charge),
        processing_fee_amount=getattr(balance_transaction, "fee", None),
        refunded_amount=getattr(charge, "amount_refunded", 0),
        is_disputed=getattr(charge, "disputed", False),
        metadata=session.metadata.to_dict() if session.metadata else {},
        country=getattr(getattr(session.customer_details, "address", None), "country", None) or "",
    )


def _refund_facts(refund: Any) -> RefundFacts:
    metadata = refund.metadata.to_dict() if refund.metadata else {}
    return RefundFacts(
        id=refund.id,
        amount=refund.amount,
        currency=refund.currency,
        status=refund.status,
        refund_row_id=metadata.get("refund_id"),
        metadata=metadata,
    )


def id_of(expandable: Any) -> str | None:
    return expandable if expandable is None or isinstance(expandable, str) else expandable.id
