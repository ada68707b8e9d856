"""`Idempotency-Key`: what counts as the same request, what is kept, and what a crash leaves behind.

The promise itself is check 14: tests/payments/checks.
"""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts.models import User
from common import clock
from common.errors import Conflict, Unavailable
from listings.models import Listing
from marketplace.api import idempotency, orders
from marketplace.models import IdempotencyRecord
from payments.models import Entitlement, Order
from payments.services.orders import order_create
from tests.marketplace.api.support import ClientOf, problem_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

BODY = {"items": [{"listing": "on-sale"}]}
FREE = {"items": [{"listing": "for-nothing"}]}


def post(client: APIClient, body: dict[str, Any] = BODY, key: str = "key-1", path: str = "orders/") -> Any:
    return client.post(f"/api/v1/{path}", body, headers={"Idempotency-Key": key})


def test_spelling_the_same_json_otherwise_is_the_same_request(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    client = client_of(bob)
    bodies = [
        '{"items":[{"listing":"on-sale"}],"coupon":""}',
        '{ "coupon": "", "items": [{"listing": "on-sale"}] }',
    ]
    answers = [
        client.post(
            "/api/v1/orders/", data=body, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        for body in bodies
    ]
    assert [answer.status_code for answer in answers] == [201, 201]


def test_a_refusal_is_kept_as_well(client_of: ClientOf, owned: Entitlement) -> None:
    client = client_of(owned.buyer)
    problem_of(post(client, FREE), 409, "already_owned")
    owned.revoked_at = clock.now()
    owned.save()
    again = post(client, FREE)
    problem_of(again, 409, "already_owned")
    assert again["Idempotency-Replayed"] == "true"


def test_another_path_under_the_same_key_is_refused(
    client_of: ClientOf, bob: User, listing: Listing, free_listing: Listing
) -> None:
    client = client_of(bob)
    orders = [post(client, body, key=key).json()["id"] for body, key in ((BODY, "first"), (FREE, "second"))]
    same = {"reason": "It has a blank too many."}
    assert post(client, same, path=f"orders/{orders[0]}/refunds/").status_code == 409
    response = post(client, same, path=f"orders/{orders[1]}/refunds/")
    problem_of(response, 422, "idempotency_key_reused")


def test_a_key_is_its_users_own(client_of: ClientOf, bob: User, charlie: User, listing: Listing) -> None:
    ids = {post(client_of(user)).json()["id"] for user in (bob, charlie)}
    assert len(ids) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "é"])
def test_a_key_has_1_to_255_printable_characters(
    client_of: ClientOf, bob: User, listing: Listing, key: str
) -> None:
    body = problem_of(post(client_of(bob), key=key), 400, "idempotency_key_invalid")
    assert list(body["errors"]) == ["Idempotency-Key"]
    assert post(client_of(bob), key="x" * 255).status_code == 201


def test_a_wrong_body_does_not_use_the_key_up(client_of: ClientOf, bob: User, listing: Listing) -> None:
    client = client_of(bob)
    problem_of(post(client, {"items": []}), 400, "invalid")
    assert post(client).status_code == 201


def test_a_fault_frees_the_key_at_once(
    client_of: ClientOf, bob: User, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)

    def away(**_arguments: Any) -> None:
        raise Unavailable("Stripe is away.", code="payment_provider_unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(orders, "order_create", away)
        response = post(client)
    problem_of(response, 503, "payment_provider_unavailable")
    assert "Retry-After" in response
    assert post(client).status_code == 201


def crash(*, seconds: int) -> None:
    """A process was killed `seconds` ago, between making the order and keeping its answer."""
    record = IdempotencyRecord.objects.get()
    record.response_status = record.response_body = None
    record.created_at = clock.now() - datetime.timedelta(seconds=seconds)
    record.save()
    Order.objects.update(created_at=record.created_at + datetime.timedelta(seconds=1))


@pytest.mark.parametrize(("body", "status"), [(BODY, "pending"), (FREE, "paid")])
def test_a_crash_neither_locks_the_key_for_ever_nor_doubles_the_order(
    client_of: ClientOf, bob: User, listing: Listing, free_listing: Listing, body: dict[str, Any], status: str
) -> None:
    client = client_of(bob)
    first = post(client, body).json()
    crash(seconds=50)
    problem_of(post(client, body), 409, "idempotency_key_in_use")
    crash(seconds=61)
    again = post(client, body)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (201, first["id"], status)
    assert post(client, body).json() == again.json()
    assert Order.objects.count() == 1


def test_a_takeover_that_fails_still_finds_the_first_ones_order(
    client_of: ClientOf, bob: User, free_listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)
    first = post(client, FREE).json()
    crash(seconds=61)

    def away(*_arguments: Any, **_named: Any) -> None:
        raise Unavailable("Away.")

    with monkeypatch.context() as patch:
        patch.setattr(orders, "shaped", away)
        problem_of(post(client, FREE), 503, "unavailable")
    assert post(client, FREE).json()["id"] == first["id"]


def test_of_two_that_saw_the_same_lease_run_out_one_takes_over(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    post(client_of(bob))
    crash(seconds=61)
    seen = [IdempotencyRecord.objects.get(), IdempotencyRecord.objects.get()]
    idempotency._take_over(seen[0])
    with pytest.raises(Conflict):
        idempotency._take_over(seen[1])


@pytest.mark.django_db(transaction=True)
def test_of_several_that_take_over_one_does_the_work(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    client = client_of(bob)
    order_create(buyer=bob, listing_slugs=["on-sale"])
    post(client)
    crash(seconds=61)
    authorization = vars(client)["_credentials"]["HTTP_AUTHORIZATION"]

    def send(_number: int) -> int:
        try:
            return int(post(APIClient(HTTP_AUTHORIZATION=authorization)).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(send, range(8)))
    assert statuses <= {201, 409}
    assert Order.objects.filter(status="pending").count() == 1
