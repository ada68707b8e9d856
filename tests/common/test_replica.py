"""Reading the catalogue from a real replica: what may lag does; nobody misses what they have just changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client, RequestFactory

from common import replica as reads
from common.replica import COOKIE, ReplicaReads, reading_alias
from listings.models import Listing, ListingStatus
from listings.queries.catalogue import catalogue_cards
from listings.queries.filters import CatalogueFilter
from listings.services.review import listing_unlist
from tests.factories import ListingFactory
from tests.support.replica import Replica, replica_of_embedded

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(scope="module", autouse=True)
def server(django_db_setup: None) -> Iterator[Replica]:
    """Known to Django as DATABASE_REPLICA_URL would have it, before it counts the tests' databases."""
    with replica_of_embedded() as running:
        own = {**connection.settings_dict, "HOST": str(running.socket), "TEST": {"MIRROR": "default"}}
        connections.settings["replica"] = own
        yield running
        connections["replica"].close()
        del connections.settings["replica"], connections["replica"]


@pytest.fixture
def replica(server: Replica, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replica]:
    """The replica, caught up."""
    monkeypatch.setattr(reads, "_paused_until", 0.0)
    server.catch_up()
    yield server
    server.resume()


def answered(inside: Any, *, method: str = "get", cookie: str = "", **headers: str) -> HttpResponse:
    """What a view that runs `inside` answers behind the middleware."""
    request = getattr(RequestFactory(), method)("/", headers=headers)
    if cookie:
        request.COOKIES[COOKIE] = cookie
    return ReplicaReads(lambda _: HttpResponse(inside()))(request)


def seen(**options: Any) -> str:
    return answered(
        lambda: ",".join(card.slug for card in catalogue_cards(CatalogueFilter(), limit=9)), **options
    ).content.decode()


def test_it_is_a_replica_and_takes_no_writes(replica: Replica) -> None:
    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        assert cursor.fetchone()[0] is True


def test_a_stranger_reads_the_replica_with_its_lag(replica: Replica) -> None:
    replica.pause()
    ListingFactory.create(slug="new", status=ListingStatus.PUBLISHED)
    assert seen() == ""
    replica.resume()
    replica.catch_up()
    assert seen() == "new"


def test_whoever_has_just_changed_something_sees_it(replica: Replica) -> None:
    listing: Listing = ListingFactory.create(slug="mine", status=ListingStatus.PUBLISHED)
    replica.catch_up()
    replica.pause()
    seller = listing.seller.user

    def unlist() -> str:
        listing_unlist(listing=listing, by=seller)
        return ""

    cookie = answered(unlist, method="post").cookies[COOKIE].value
    assert seen() == "mine"
    assert seen(cookie=cookie) == ""
    replica.resume()
    replica.catch_up()
    assert answered(reading_alias, cookie=cookie).content == b"replica"


def test_programs_and_writes_read_the_primary(replica: Replica) -> None:
    assert answered(reading_alias).content == b"replica"
    assert answered(reading_alias, authorization="Bearer x").content == b"default"
    assert answered(reading_alias, method="post").content == b"default"
    assert reading_alias() == "default"


@pytest.mark.parametrize("cookie", ["nonsense", "0/0'; SELECT 1", "FFFFFFFF/FFFFFFFF", "1" * 5000])
def test_a_cookie_nobody_gave_leads_to_the_primary(replica: Replica, cookie: str) -> None:
    assert answered(reading_alias, cookie=cookie).content == b"default"


def test_a_replica_that_is_away_is_left_alone(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    connections["replica"].close()
    with monkeypatch.context() as away:
        away.setitem(connections["replica"].settings_dict, "HOST", "/nowhere")
        assert answered(reading_alias).content == b"default"
    assert answered(reading_alias).content == b"default", "it is not asked again at once"
    monkeypatch.setattr(reads, "_paused_until", 0.0)
    assert answered(reading_alias).content == b"replica"


def test_without_a_replica_everything_reads_the_primary(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(settings.DATABASES, "replica")
    assert answered(reading_alias).content == b"default"
    assert COOKIE not in client.get("/prompts/").cookies
