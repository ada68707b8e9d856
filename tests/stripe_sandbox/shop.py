"""The requests a shop makes, with the parameters this project sends."""

from typing import Any

import stripe

KEY = "sk_test_sandbox_tests"
SUCCESS_URL = "http://127.0.0.1:8000/checkout/return/?session_id={CHECKOUT_SESSION_ID}"
CANCEL_URL = "http://127.0.0.1:8000/cart/"


def client_for(url: str, key: str = KEY) -> stripe.StripeClient:
    """Return the SDK's client, without its own retries so that every failure is seen."""
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)


class Shop:
    """Opens sessions; amounts in cents."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.client = client

    def open_session(
        self, amount: int = 999, *, key: str | None = None, **more: Any
    ) -> stripe.checkout.Session:
        """Open a session for one prompt."""
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [self.line(amount)],
            "success_url": SUCCESS_URL,
            "cancel_url": CANCEL_URL,
            "client_reference_id": "order-1",
            "metadata": {"order": "1"},
            "payment_intent_data": {"metadata": {"order": "1"}, "transfer_group": "order-1"},
        }
        options: stripe.RequestOptions = {"idempotency_key": key} if key else {}
        return self.client.v1.checkout.sessions.create(params | more, options)  # type: ignore[arg-type]

    @staticmethod
    def line(
        amount: int, *, name: str = "Meal planner", quantity: int = 1, currency: str = "usd"
    ) -> dict[str, Any]:
        """Return one line item."""
        price = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
        return {"price_data": price, "quantity": quantity}

    def session(self, session_id: str, *expand: str) -> stripe.checkout.Session:
        """Read a session again."""
        return self.client.v1.checkout.sessions.retrieve(session_id, {"expand": list(expand)})

    def charge_of(self, session_id: str) -> stripe.Charge:
        """Return the latest charge of a session, with its balance transaction."""
        session = self.session(session_id, "payment_intent.latest_charge.balance_transaction")
        intent = session.payment_intent
        assert isinstance(intent, stripe.PaymentIntent)
        assert isinstance(intent.latest_charge, stripe.Charge)
        return intent.latest_charge

    def events(self, **filters: Any) -> list[stripe.Event]:
        """Return up to 100 events, newest first."""
        params: Any = {"limit": 100, **filters}
        return self.client.v1.events.list(params).data
