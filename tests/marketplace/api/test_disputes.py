"""Programs and disputes: a refund is refused while a bank decides, and every opening of a text is logged."""

import pytest
from rest_framework.settings import api_settings

from accounts.models import User
from listings.models import Listing
from payments.models import Entitlement, Order, Refund, TextAccess
from payments.services import checkout_return, order_create
from tests.marketplace.api.support import ClientOf, problem_of
from tests.payments.disputing import disputed
from tests.payments.support import pay


@pytest.fixture
def order(stripe_sandbox: str, bob: User, listing: Listing) -> Order:
    order = order_create(buyer=bob, listing_slugs=[listing.slug])
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=bob)


def test_a_refund_while_a_bank_decides_is_a_conflict(client_of: ClientOf, bob: User, order: Order) -> None:
    disputed(order)
    answer = client_of(bob).post(f"/api/v1/orders/{order.pk}/refunds/", {"reason": "Please."})
    assert "bank" in problem_of(answer, 409, "disputed")["detail"]
    assert not Refund.objects.exists()


def test_each_way_to_the_text_is_logged_with_its_address(
    client_of: ClientOf, bob: User, order: Order
) -> None:
    client = client_of(bob)
    item = Entitlement.objects.get(item__order=order)
    for _ in range(2):
        assert client.get(f"/api/v1/library/{item.pk}/", REMOTE_ADDR="203.0.113.7").status_code == 200
    client.get(f"/api/v1/library/{item.pk}/versions/1/", REMOTE_ADDR="2001:DB8::1")
    values = {"variables": {"topic": "tea", "tone": "dry"}}
    client.post(f"/api/v1/library/{item.pk}/render/", values, REMOTE_ADDR="203.0.113.7")
    client.get("/api/v1/library/", REMOTE_ADDR="203.0.113.7")
    rows = TextAccess.objects.order_by("pk").values_list("via", "address", "count")
    assert list(rows) == [("api", "203.0.113.7", 2), ("api", "2001:db8::1", 1), ("render", "203.0.113.7", 1)]


@pytest.mark.parametrize(
    ("proxies", "logged"), [(0, "198.51.100.1"), (1, "203.0.113.7")], ids=["direct", "behind a proxy"]
)
def test_a_forwarded_address_counts_behind_a_proxy_only(
    client_of: ClientOf, bob: User, order: Order, monkeypatch: pytest.MonkeyPatch, proxies: int, logged: str
) -> None:
    monkeypatch.setattr(api_settings, "NUM_PROXIES", proxies)
    item = Entitlement.objects.get(item__order=order)
    forged = {"X-Forwarded-For": "192.0.2.66, 203.0.113.7"}
    client_of(bob).get(f"/api/v1/library/{item.pk}/", headers=forged, REMOTE_ADDR="198.51.100.1")
    assert TextAccess.objects.get().address == logged


def test_what_is_no_address_is_logged_as_none(client_of: ClientOf, bob: User, order: Order) -> None:
    item = Entitlement.objects.get(item__order=order)
    client_of(bob).get(f"/api/v1/library/{item.pk}/", REMOTE_ADDR="")
    assert TextAccess.objects.get().address is None
