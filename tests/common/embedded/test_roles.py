"""Two roles: the owner changes the schema, the application only works with the rows."""

from collections.abc import Iterator

import psycopg
import pytest

from common.embedded import Services, needs_owner_role
from tests.common.embedded.conftest import Checkout, value


@pytest.fixture
def addresses(checkout: Checkout) -> Iterator[Services]:
    user = checkout.use()
    yield Services(**user.wait())
    user.release()


def test_tables_of_the_owner_are_open_to_the_application_but_for_truncate(addresses: Services):
    value(addresses.owner_database_url, "CREATE TABLE IF NOT EXISTS thing (id serial PRIMARY KEY)")

    assert value(addresses.database_url, "INSERT INTO thing DEFAULT VALUES RETURNING id")
    assert value(addresses.database_url, "DELETE FROM thing RETURNING id")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        value(addresses.database_url, "TRUNCATE thing")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        value(addresses.database_url, "CREATE TABLE other ()")


def test_databases_made_later_give_the_application_the_same(addresses: Services):
    value(addresses.owner_database_url, "DROP DATABASE IF EXISTS later")
    value(addresses.owner_database_url, "CREATE DATABASE later")
    value(addresses.owner_database_url, "CREATE TABLE thing (id serial)", dbname="later")

    assert value(addresses.database_url, "INSERT INTO thing DEFAULT VALUES RETURNING id", dbname="later") == 1


def test_text_and_time_do_not_depend_on_the_machine(addresses: Services):
    assert value(addresses.database_url, "SHOW server_encoding") == "UTF8"
    assert value(addresses.database_url, "SHOW timezone") == "UTC"
    assert value(addresses.database_url, "SELECT lower('ÀÉÎ') || upper('ß')") == "àéîß"


def test_nothing_listens_on_a_network_address(addresses: Services):
    assert value(addresses.database_url, "SHOW listen_addresses") == ""


@pytest.mark.parametrize(
    ("argv", "owner"),
    [
        (["manage.py", "migrate"], True),
        (["/somewhere/manage.py", "makemigrations", "--check"], True),
        (["manage.py", "shell"], False),
        (["manage.py"], False),
        (["celery", "migrate"], False),
    ],
)
def test_commands_that_change_the_schema_run_as_its_owner(argv: list[str], owner: bool):
    assert needs_owner_role(argv) is owner
