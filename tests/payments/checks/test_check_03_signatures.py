"""Check 3: a missing, wrong or stale signature, an altered byte, an empty secret: rejected, no change."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from payments.models import OrderStatus, StripeEvent
from tests.factories import UserFactory
from tests.payments.checks.outcome import outcome_of
from tests.payments.signed import CONNECT_SECRET, SECRET, event_body, post, post_signed, signature_of
from tests.payments.support import event_of, ordered, pay, published_listing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = CONNECT_SECRET


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "t=1,v1=00", "t={now},v1=", "t={now}", "v1=00", "t={now},v0={right}"],
    ids=["missing", "malformed", "wrong", "empty", "none", "no time", "other scheme"],
)
def test_check_03_what_stripe_did_not_sign_is_rejected(signature):
    body = event_body()
    right = signature_of(body).rpartition("=")[2]
    assert post(body, signature.format(now=int(time.time()), right=right)) == 400
    assert not StripeEvent.objects.exists()


def test_check_03_another_secret_is_rejected():
    assert post_signed(event_body(), "whsec_wrong") == 400
    assert post_signed(event_body(), SECRET, path="connect-webhook") == 400
    assert post_signed(event_body(), CONNECT_SECRET) == 400
    assert not StripeEvent.objects.exists()


def test_check_03_a_stale_signature_is_rejected():
    body = event_body()
    assert post(body, signature_of(body, age=301)) == 400
    assert not StripeEvent.objects.exists()
    assert post(body, signature_of(body, age=290)) == 200


def test_check_03_one_altered_byte_anywhere_is_rejected():
    body = event_body(amount=100)
    signature = signature_of(body)
    for position in range(0, len(body), 7):
        altered = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        assert post(altered, signature) == 400, altered
    assert not StripeEvent.objects.exists()
    assert post(body, signature) == 200


@pytest.mark.parametrize("empty", ["", " ", ","])
def test_check_03_an_empty_secret_rejects_everything(settings, empty):
    settings.STRIPE_WEBHOOK_SECRET = empty
    body, now = event_body(), int(time.time())
    assert post_signed(body) == 400
    for guessed in ("", " ", ","):
        made = hmac.new(guessed.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        assert post(body, f"t={now},v1={made}") == 400
    assert not StripeEvent.objects.exists()


def test_check_03_a_rejected_event_of_a_real_payment_changes_nothing(alone):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    body = json.dumps(event_of(order, "checkout.session.completed")).encode()
    assert post_signed(body, "whsec_wrong") == 400
    assert not StripeEvent.objects.exists()
    assert outcome_of(order).status == OrderStatus.PENDING
    assert post_signed(body) == 200, "the same event, signed, is taken"
    assert StripeEvent.objects.count() == 1
