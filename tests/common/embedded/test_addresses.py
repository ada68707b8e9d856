"""Servers of one's own are used as they are; without them and without a wheel the error says what to do."""

import importlib.util

import pytest

from common.embedded import EmbeddedError, ensure_services
from common.embedded.binaries import postgres_bin, redis_server


def test_given_servers_are_used_and_nothing_is_started():
    given = {"DATABASE_URL": "postgresql://a@db/x", "REDIS_URL": "redis://cache/3"}

    services = ensure_services(given)

    assert services.database_url == services.owner_database_url == "postgresql://a@db/x"
    assert services.redis_url == "redis://cache/3"


def test_owner_may_have_a_url_of_its_own():
    given = {
        "DATABASE_URL": "postgresql://app@db/x",
        "DATABASE_OWNER_URL": "postgresql://owner@db/x",
        "REDIS_URL": "redis://cache/3",
    }

    services = ensure_services(given)

    assert services.owner_database_url == "postgresql://owner@db/x"
    assert services.database_url == "postgresql://app@db/x"


@pytest.mark.parametrize(("find", "variable"), [(postgres_bin, "DATABASE_URL"), (redis_server, "REDIS_URL")])
def test_missing_wheel_names_the_variable_to_set(monkeypatch: pytest.MonkeyPatch, find, variable: str):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(EmbeddedError, match=variable):
        find()
