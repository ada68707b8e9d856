"""Payouts and a seller's refunds by program: only with the scope, once per key, and as the pages do them."""

from collections.abc import Sequence
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import SellerProfile
from common import clock
from marketplace.api import seller_payouts
from marketplace.api.idempotency import LEASE
from marketplace.models import IdempotencyRecord
from payments.gateway import GatewayUnavailable
from payments.models import Payout, Refund
from payments.services import checkout_return
from payments.services.refund_decisions import sale_refund
from tests.factories import UserFactory
from tests.marketplace.api.support import ClientOf, problem_of, query_count
from tests.payments.paying_out import account_of, available_of, earn, onboard, sent
from tests.payments.support import ordered, pay, published_listing
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]
PAYOUTS = "/api/v1/seller/payouts/"


@pytest.fixture
def rich(storefront: SellerProfile) -> SellerProfile:
    """Alice with $48.00 available, and an account at Stripe."""
    earn(storefront, 4800)
    onboard(storefront)
    return storefront


@pytest.fixture
def alices(client_of: ClientOf, rich: SellerProfile) -> APIClient:
    return client_of(rich.user)


@pytest.fixture
def sale(storefront: SellerProfile) -> int:
    """The id of a sale of Alice's for $9.99."""
    buyer = UserFactory.create()
    order = ordered(buyer, published_listing(seller=storefront, price_amount=999))
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer).items.get().pk


def test_all_that_is_available_is_paid_out(alices: APIClient, rich: SellerProfile) -> None:
    answer = alices.post(PAYOUTS, {})
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {
        *("id", "amount", "currency", "status", "trigger", "reversed_amount", "failure_code"),
        *("stripe_transfer_id", "created_at", "settled_at"),
    }
    assert (body["amount"], body["status"], body["trigger"]) == (4800, "requested", "request")
    assert available_of(rich) == 0
    sent(Payout.objects.get())
    paid = alices.get(f"{PAYOUTS}{body['id']}/").json()
    assert (paid["status"], paid["stripe_transfer_id"] is not None) == ("paid", True)
    assert [payout["id"] for payout in alices.get(PAYOUTS).json()["results"]] == [body["id"]]


def test_the_same_key_pays_once(alices: APIClient, rich: SellerProfile) -> None:
    first, second = (alices.post(PAYOUTS, {"amount": 1000}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert (Payout.objects.count(), available_of(rich)) == (1, 3800)
    problem_of(
        alices.post(PAYOUTS, {"amount": 1100}, HTTP_IDEMPOTENCY_KEY="k"), 422, "idempotency_key_reused"
    )


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (999, 400, "payout_below_minimum"),
        (4801, 409, "payout_exceeds_available"),
        (0, 400, "invalid"),
        ("1000", 400, "invalid"),
        (10.5, 400, "invalid"),
    ],
)
def test_a_wrong_amount_is_a_problem_at_its_field(
    alices: APIClient, amount: object, status: int, code: str
) -> None:
    assert "amount" in problem_of(alices.post(PAYOUTS, {"amount": amount}), status, code)["errors"]
    assert not Payout.objects.exists()


def test_without_an_account_the_problem_says_so(client_of: ClientOf, storefront: SellerProfile) -> None:
    earn(storefront, 4800)
    problem_of(client_of(storefront.user).post(PAYOUTS, {}), 409, "payout_account_missing")


def test_a_restricted_account_is_a_problem_of_its_own(alices: APIClient, rich: SellerProfile) -> None:
    account = account_of(rich)
    account.transfers_active = False
    account.save()
    problem_of(alices.post(PAYOUTS, {}), 409, "payout_account_restricted")


@pytest.mark.parametrize("scopes", [["sales:read"], ["orders:write", "sales:read"]])
def test_a_token_that_may_only_look_moves_no_money(
    client_of: ClientOf, rich: SellerProfile, sale: int, scopes: Sequence[str]
) -> None:
    client = client_of(rich.user, scopes)
    missing = problem_of(client.post(PAYOUTS, {}), 403, "missing_scope")
    assert missing["scope"] == "payouts:write"
    problem_of(client.post(f"/api/v1/seller/sales/{sale}/refunds/", {"reason": "x"}), 403, "missing_scope")
    assert not Payout.objects.exists()
    assert not Refund.objects.exists()


def test_another_sellers_payout_is_not_there(alices: APIClient, client_of: ClientOf, dora: object) -> None:
    made = alices.post(PAYOUTS, {}).json()["id"]
    problem_of(client_of(dora).get(f"{PAYOUTS}{made}/"), 404, "payout_not_found")
    assert client_of(dora).get(PAYOUTS).json()["results"] == []


def test_a_seller_gives_a_part_back(alices: APIClient, sale: int) -> None:
    answer = alices.post(
        f"/api/v1/seller/sales/{sale}/refunds/", {"amount": 333, "reason": "One blank was wrong."}
    )
    assert answer.status_code == 201
    assert (answer.json()["amount"], answer.json()["reason"]) == (333, "seller")
    refund = Refund.objects.get()
    assert [(part.item_id, part.amount, part.seller_amount) for part in refund.items.all()] == [
        (sale, 333, 267)
    ]


def test_a_refund_is_made_once_per_key(alices: APIClient, sale: int) -> None:
    path, body = f"/api/v1/seller/sales/{sale}/refunds/", {"amount": 333, "reason": "x"}
    answers = [alices.post(path, body, HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("amount", [0, 1000, -1, "333"])
def test_a_refund_of_too_much_or_nothing_is_refused(alices: APIClient, sale: int, amount: object) -> None:
    answer = alices.post(f"/api/v1/seller/sales/{sale}/refunds/", {"amount": amount, "reason": "x"})
    assert "amount" in problem_of(answer, 400, "invalid")["errors"]


def unavailable(**_named: object) -> None:
    raise GatewayUnavailable("Not now.")


def test_a_try_that_came_to_nothing_is_not_answered_with_another_refund(
    alices: APIClient, sale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, body = f"/api/v1/seller/sales/{sale}/refunds/", {"amount": 100, "reason": "A slip."}
    with monkeypatch.context() as patched:
        patched.setattr(seller_payouts, "sale_refund", unavailable)
        assert alices.post(url, body, HTTP_IDEMPOTENCY_KEY="a").status_code == 503
    answers = [alices.post(url, body, HTTP_IDEMPOTENCY_KEY=key).json() for key in ("b", "a")]
    assert {answer["id"] for answer in answers} == {str(refund.pk) for refund in Refund.objects.all()}
    assert Refund.objects.count() == 2


def test_a_try_that_came_to_nothing_is_not_answered_with_another_payout(
    alices: APIClient, rich: SellerProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(seller_payouts, "payout_request", unavailable)
        assert alices.post(PAYOUTS, {"amount": 1000}, HTTP_IDEMPOTENCY_KEY="a").status_code == 503
    for key in ("b", "a"):
        alices.post(PAYOUTS, {"amount": 1000}, HTTP_IDEMPOTENCY_KEY=key)
    assert (Payout.objects.count(), available_of(rich)) == (2, 2800)


@pytest.mark.django_db(transaction=True)
def test_a_slow_request_that_was_taken_for_dead_makes_no_second_refund(
    alices: APIClient, sale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, body = f"/api/v1/seller/sales/{sale}/refunds/", {"amount": 100, "reason": "A slip."}
    in_time: list[str] = []

    def slow(**named: Any) -> Refund:
        monkeypatch.setattr(seller_payouts, "sale_refund", sale_refund)
        at_once(1, in_the_meantime)
        return sale_refund(**named)

    def in_the_meantime(_number: int) -> None:
        IdempotencyRecord.objects.update(created_at=clock.now() - LEASE)
        in_time.append(alices.post(url, body, HTTP_IDEMPOTENCY_KEY="a").json()["id"])

    monkeypatch.setattr(seller_payouts, "sale_refund", slow)
    answer = alices.post(url, body, HTTP_IDEMPOTENCY_KEY="a")
    problem_of(answer, 409, "idempotency_key_in_use")
    assert in_time == [str(Refund.objects.get().pk)]


def test_a_rival_cannot_refund_the_sale(client_of: ClientOf, dora: object, sale: int) -> None:
    answer = client_of(dora).post(f"/api/v1/seller/sales/{sale}/refunds/", {"reason": "x"})
    problem_of(answer, 404, "sale_not_found")
    assert not Refund.objects.exists()


def test_more_payouts_need_no_more_queries(alices: APIClient, rich: SellerProfile) -> None:
    alices.post(PAYOUTS, {"amount": 1000})
    few = query_count(alices, PAYOUTS)
    alices.post(PAYOUTS, {"amount": 1000})
    alices.post(PAYOUTS, {"amount": 1000})
    assert query_count(alices, PAYOUTS) == few
