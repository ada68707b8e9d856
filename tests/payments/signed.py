"""Posting webhooks that this test signs itself."""

import json
import time
from typing import Any

import stripe
from django.test import Client

SECRET = "whsec_of_this_test"
CONNECT_SECRET = "whsec_of_connect"


def event_body(type_: str = "charge.updated", **stripe_object: Any) -> bytes:
    event = {"id": "evt_test_1", "object": "event", "type": type_, "data": {"object": stripe_object}}
    return json.dumps(event).encode()


def signature_of(body: bytes, secret: str = SECRET, *, age: int = 0) -> str:
    signed_at = int(time.time()) - age
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=signed_at)


def post(body: bytes, signature: str, *, path: str = "webhook") -> int:
    """The answer's status."""
    client = Client(enforce_csrf_checks=True)
    headers = {"Stripe-Signature": signature}
    return client.post(f"/stripe/{path}/", body, content_type="application/json", headers=headers).status_code


def post_signed(body: bytes, secret: str = SECRET, *, path: str = "webhook") -> int:
    return post(body, signature_of(body, secret), path=path)
