"""What people and programs are told while the database or Redis is away."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client

from common.outage import is_database_away
from tests.factories import UserFactory

PASSWORD = "a long enough passphrase"


@pytest.fixture
def no_database(db: None, transactional_db: None) -> Iterator[None]:
    """This process's connection leads nowhere."""
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    yield
    connection.close()
    connection.settings_dict["HOST"] = host


@pytest.fixture
def no_redis(settings: Any) -> None:
    redis = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/redis.sock"}
    settings.CACHES = {"default": redis}


def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("path", ["/", "/prompts/", "/library/", "/accounts/login/"])
def test_pages_say_that_they_will_be_back(path: str) -> None:
    client = browser()
    client.cookies[settings.SESSION_COOKIE_NAME] = "somebody"
    response = client.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert response["Cache-Control"] == "no-store"
    assert "We will be back in a moment" in response.content.decode()


@pytest.mark.usefixtures("no_database")
def test_the_api_says_when_to_try_again() -> None:
    for path, headers in (("/api/v1/listings/", {}), ("/api/v1/me/", {"Authorization": "Bearer pf_x"})):
        response = browser().get(path, headers=headers)
        assert (response.status_code, response["Retry-After"]) == (503, "30")
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == "unavailable"


@pytest.mark.usefixtures("no_database")
def test_the_process_still_says_that_it_lives() -> None:
    assert browser().get("/healthz").status_code == 200
    assert "database" in browser().get("/readyz").json()["problems"]


@pytest.mark.django_db
def test_a_statement_that_took_too_long_is_no_outage() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        with pytest.raises(OperationalError) as met, transaction.atomic():
            cursor.execute("SELECT pg_sleep(5)")
    assert not is_database_away(met.value)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_an_outage() -> None:
    with pytest.raises(DatabaseError) as met, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    assert is_database_away(met.value)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_people_log_in_while_redis_is_away(client: Client) -> None:
    user = UserFactory.create()
    user.set_password(PASSWORD)
    user.save()
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/library/").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_failed_tries_are_limited_while_redis_is_away(client: Client) -> None:
    user = UserFactory.create()
    statuses = [
        client.post("/accounts/login/", {"login": user.email, "password": f"wrong {number}"}).content
        for number in range(12)
    ]
    assert b"Too many failed login attempts" in statuses[-1]
    assert b"Too many failed login attempts" not in statuses[0]


@pytest.mark.usefixtures("no_redis")
def test_nothing_but_limits_is_kept_in_memory() -> None:
    assert not cache.add("share:x", 1)
    cache.set("page", 1)
    assert cache.get("page") is None
