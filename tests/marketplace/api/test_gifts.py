"""Giving by API."""

import pytest

from accounts.models import User
from listings.models import Listing
from payments.models import Gift, Order
from payments.services.checkout import checkout_return
from tests.factories import UserFactory
from tests.marketplace.api.support import ClientOf
from tests.payments.support import pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]


def test_a_gift_is_ordered_and_its_state_told_and_its_link_to_nobody(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    client = client_of(bob)
    body = {"items": [{"listing": "on-sale"}], "gift": {"email": "friend@example.test", "message": "Enjoy"}}
    made = client.post("/api/v1/orders/", body, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.content
    assert client.post("/api/v1/orders/", body, headers={"Idempotency-Key": "one"}).json() == made.json()
    order = Order.objects.get()
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=bob)
    told = client.get(f"/api/v1/orders/{order.pk}/").json()
    assert told["gift"]["email"] == "friend@example.test"
    assert (told["gift"]["state"], told["gift"]["claimed_at"]) == ("sending", None)
    assert client.get("/api/v1/library/").json()["results"] == []
    assert Gift.objects.count() == 1
    own = client.post("/api/v1/orders/", {"items": [{"listing": "on-sale"}]}).json()
    assert own["gift"] is None


def test_what_is_wrong_with_a_gift_is_named(client_of: ClientOf, listing: Listing) -> None:
    client = client_of(UserFactory())
    body = {"items": [{"listing": "on-sale"}], "gift": {"email": "friend"}}
    answer = client.post("/api/v1/orders/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["gift_email"])
    body["gift"] = {"email": "friend@example.test", "send_on": "2020-01-01"}  # type: ignore[assignment]
    answer = client.post("/api/v1/orders/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["gift_on"])
