"""Check 14: the same API Idempotency-Key gives the same response, another body an error, a rival 409.

What happens around crashes and takeovers is in tests/marketplace/api/test_idempotency.py.
"""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Scope, User
from accounts.services import token_create
from marketplace.models import IdempotencyRecord
from payments.models import Entitlement, Order
from tests.factories import UserFactory
from tests.marketplace.api.support import problem_of
from tests.payments.support import published_listing, stripe_get
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@pytest.fixture
def buyer() -> User:
    return UserFactory()


@pytest.fixture
def authorization(buyer) -> str:
    scopes = [Scope.ORDERS_WRITE, Scope.LIBRARY_READ]
    return "Bearer " + token_create(user=buyer, name="check", scopes=scopes)[1]


@pytest.fixture(params=[499, 0], ids=["paid", "free"])
def body(request) -> dict[str, Any]:
    return {"items": [{"listing": published_listing(price_amount=request.param).slug}]}


def post(authorization: str, body: Any, key: str | None = "key-1") -> Any:
    client = APIClient(HTTP_AUTHORIZATION=authorization)
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/v1/orders/", body, headers=headers)


def test_check_14_the_same_key_and_body_get_the_same_response(authorization, body):
    first, second = post(authorization, body), post(authorization, body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_check_14_another_body_under_the_key_is_an_error(authorization, body):
    post(authorization, body)
    other = {"items": [{"listing": published_listing(price_amount=0).slug}]}
    problem_of(post(authorization, other), 422, "idempotency_key_reused")
    assert Order.objects.count() == 1


def test_check_14_while_the_first_is_running_the_second_gets_409(authorization, body):
    post(authorization, body)
    IdempotencyRecord.objects.update(response_status=None, response_body=None)
    problem_of(post(authorization, body), 409, "idempotency_key_in_use")


@pytest.mark.django_db(transaction=True)
def test_check_14_twenty_at_once_make_one_order_and_the_others_get_409_or_its_answer(authorization, body):
    answers = at_once(20, lambda _: post(authorization, body))
    made = [answer for answer in answers if answer.status_code == 201]
    assert made
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in made}) == 1
    for answer in answers:
        if answer not in made:
            problem_of(answer, 409, "idempotency_key_in_use")
    assert Order.objects.count() == 1
    assert Entitlement.objects.count() + len(sessions_of(Order.objects.get())) == 1


@pytest.mark.django_db(transaction=True)
def test_check_14_without_a_key_the_same_race_gives_different_answers(authorization):
    free = {"items": [{"listing": published_listing(price_amount=0).slug}]}
    answers = at_once(20, lambda _: post(authorization, free, key=None))
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    codes = {json.loads(answer.content)["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"already_owned"}


def sessions_of(order: Order) -> list[Any]:
    sessions = stripe_get("checkout/sessions?limit=100")["data"]
    return [session for session in sessions if session["client_reference_id"] == str(order.pk)]
