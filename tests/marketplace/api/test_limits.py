"""What the API says of its limits, and which pages of others may read it."""

import re

import pytest
from rest_framework.settings import api_settings

from accounts.models import Scope

pytestmark = pytest.mark.django_db


def left(response):
    return int(re.search(r";r=(\d+);t=\d+$", response["RateLimit"]).group(1))


def test_every_answer_says_what_is_left(client_of, bob, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "user", "3/h")
    client = client_of(bob, [Scope.LIBRARY_READ])
    answers = [client.get("/api/v1/library/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [left(answer) for answer in answers] == [2, 1, 0, 0]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"user";q=3;w=3600'}


def test_without_a_token_it_is_the_address_that_is_counted(client_of):
    answer = client_of(None).get("/api/v1/models/")
    assert answer["RateLimit"].startswith('"anon";')
    again = client_of(None).get("/api/v1/models/", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert left(again) == left(answer) - 1


def test_pages_of_others_may_read_what_is_public_and_nothing_else(client_of, bob):
    for path in ("/api/v1/listings/", "/api/v1/models/"):
        assert client_of(None).get(path)["Access-Control-Allow-Origin"] == "*"
    client = client_of(bob)
    for path in ("/api/v1/library/", "/api/v1/orders/", "/api/v1/me/"):
        assert not client.get(path).has_header("Access-Control-Allow-Origin")
    assert not client.post("/api/v1/listings/", {}).has_header("Access-Control-Allow-Origin")
