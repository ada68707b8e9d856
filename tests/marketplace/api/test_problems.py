"""Every error is a problem (RFC 9457), whoever raised it."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from common.errors import Conflict
from listings.models import Listing
from marketplace.api import vocabulary
from tests.marketplace.api.support import CANARY, ClientOf, problem_of

pytestmark = pytest.mark.django_db


def test_an_unknown_path_is_a_problem(anonymous: APIClient) -> None:
    for path in ("/api/v1/nothing/", "/api/v1/listings", "/api/", "/api/v1/orders/not-a-uuid/"):
        for method in ("get", "post", "delete"):
            problem_of(getattr(anonymous, method)(path), 404, "not_found")


def test_a_listing_that_is_not_there_is_a_problem(anonymous: APIClient) -> None:
    problem_of(anonymous.get("/api/v1/listings/nothing/"), 404, "not_found")


def test_a_wrong_method_names_the_right_ones(anonymous: APIClient, client_of: ClientOf, bob: User) -> None:
    response = client_of(bob).delete("/api/v1/models/")
    problem_of(response, 405, "method_not_allowed")
    assert "GET" in response["Allow"]


def test_no_token_asks_for_one(anonymous: APIClient) -> None:
    response = anonymous.get("/api/v1/orders/")
    problem_of(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/api/v1/orders/", "/api/v1/listings/"])
def test_a_bad_token_is_refused_even_where_none_is_needed(anonymous: APIClient, path: str) -> None:
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer pf_wrong")
    response = anonymous.get(path)
    problem_of(response, 401, "invalid_token")
    assert "invalid_token" in response["WWW-Authenticate"]


def test_a_revoked_token_is_refused(client_of: ClientOf, bob: User) -> None:
    client = client_of(bob)
    assert client.get("/api/v1/me/").status_code == 200
    token = bob.api_tokens.get()
    token.revoked_at = token.created_at
    token.save()
    problem_of(client.get("/api/v1/me/"), 401, "invalid_token")


def test_a_session_is_nobody_to_the_api(anonymous: APIClient, bob: User) -> None:
    anonymous.force_login(bob)
    problem_of(anonymous.get("/api/v1/me/"), 401, "not_authenticated")


def test_a_missing_scope_is_named(client_of: ClientOf, bob: User) -> None:
    response = client_of(bob, ["library:read"]).get("/api/v1/orders/")
    body = problem_of(response, 403, "missing_scope")
    assert body["scope"] == "orders:write"
    assert "orders:write" in body["detail"]
    assert 'scope="orders:write"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "body", ["{", "[1, NaN]", '{"items": "\\u0000"}', '{"items": "\\ud800"}', "[" * 100_000, "\xff"]
)
def test_malformed_json_is_a_problem(client_of: ClientOf, bob: User, body: str) -> None:
    response = client_of(bob).post(
        "/api/v1/orders/", data=body.encode("latin-1"), content_type="application/json"
    )
    problem_of(response, 400, "malformed")


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "7"])
def test_json_that_is_no_object_is_a_problem(client_of: ClientOf, bob: User, body: str) -> None:
    response = client_of(bob).post("/api/v1/orders/", data=body, content_type="application/json")
    assert problem_of(response, 400, "invalid")["errors"]


def test_another_media_type_is_refused(client_of: ClientOf, bob: User) -> None:
    response = client_of(bob).post("/api/v1/orders/", data="items=1", content_type="text/plain")
    problem_of(response, 415, "unsupported_media_type")


def test_an_answer_in_another_form_is_not_to_be_had(anonymous: APIClient) -> None:
    problem_of(anonymous.get("/api/v1/models/", headers={"Accept": "text/html"}), 406, "not_acceptable")


def test_head_is_get_without_a_body(anonymous: APIClient, client_of: ClientOf, bob: User) -> None:
    assert anonymous.head("/api/v1/models/").status_code == 200
    assert anonymous.head("/api/v1/orders/").status_code == 401
    assert client_of(bob, ["library:read"]).head("/api/v1/orders/").status_code == 403


def test_a_body_that_is_too_large_is_refused(client_of: ClientOf, bob: User, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client_of(bob).post("/api/v1/orders/", {"items": ["x" * 200]})
    problem_of(response, 413, "too_large")


def test_a_nul_in_the_query_is_a_problem(anonymous: APIClient) -> None:
    body = problem_of(anonymous.get("/api/v1/listings/?q=%00"), 400, "invalid")
    assert list(body["errors"]) == ["q"]


def test_wrong_fields_are_named_with_dots(client_of: ClientOf, bob: User) -> None:
    response = client_of(bob).post("/api/v1/orders/", {"items": [{"listing": 5, "qty": 2}], "colour": "red"})
    body = problem_of(response, 400, "invalid")
    assert set(body["errors"]) == {"items.0.listing", "items.0.qty", "colour"}
    assert body["errors"]["colour"] == ["Unknown field."]


@pytest.mark.parametrize("price", ["4.99", 4.99, 499.0, True, None, [499]])
def test_a_price_is_an_integer_in_minor_units(client_of: ClientOf, storefront: Any, price: object) -> None:
    body = {"title": "T", "model": "chatgpt", "category": "writing", "prompt": "P", "price_amount": price}
    response = client_of(storefront.user).post("/api/v1/listings/", body)
    problem = problem_of(response, 400, "invalid")
    assert list(problem["errors"]) == ["price_amount"]
    if price is not None:
        assert "minor units" in problem["errors"]["price_amount"][0]


def test_a_domain_error_keeps_its_code_and_status(
    anonymous: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise Conflict("Not now.", code="not_now")

    monkeypatch.setattr(vocabulary, "whole_list", refuse)
    assert problem_of(anonymous.get("/api/v1/models/"), 409, "not_now")["detail"] == "Not now."


def test_a_fault_leaks_nothing(
    anonymous: APIClient, listing: Listing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        with connection.cursor() as cursor:
            # PostgreSQL's message for this quotes the row, and with it the prompt.
            cursor.execute(
                "UPDATE listings_listing SET price_amount = 1, summary = %s WHERE id = %s",
                [CANARY, listing.pk],
            )

    monkeypatch.setattr(vocabulary, "whole_list", fail)
    response = anonymous.get("/api/v1/models/")
    problem_of(response, 500, "internal_error")
    assert CANARY not in response.content.decode()
    assert "Unexpected IntegrityError in ModelsView" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize("scope", ["anon", "user"])
def test_too_many_requests_say_when_to_come_back(
    client_of: ClientOf, bob: User, settings: Any, scope: str
) -> None:
    rest = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anon": "2/min", "user": "2/min"}}
    settings.REST_FRAMEWORK = rest
    client = client_of(bob if scope == "user" else None)
    answers = [client.get("/api/v1/models/") for _ in range(4)]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    problem_of(answers[3], 429, "rate_limited")
    assert 1 <= int(answers[3]["Retry-After"]) <= 60


def test_refused_tokens_count_against_their_address(anonymous: APIClient, settings: Any) -> None:
    rest = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anon": "2/min", "user": "2/min"}}
    settings.REST_FRAMEWORK = rest
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer pf_guess")
    assert {anonymous.get("/api/v1/me/").status_code for _ in range(4)} == {401, 429}


def test_the_address_is_not_what_the_client_says(anonymous: APIClient, settings: Any) -> None:
    rest = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anon": "2/min", "user": "2/min"}}
    settings.REST_FRAMEWORK = rest
    codes = [
        anonymous.get("/api/v1/models/", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(4)
    ]
    assert 429 in codes
