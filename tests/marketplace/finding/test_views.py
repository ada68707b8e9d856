"""Which requests count as views, and that counting writes no row."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope
from common.models import OutboxMessage
from listings import counting
from listings.models import Listing, ListingDay, ListingStats, ListingStatus
from listings.services.counting import views_drain
from payments.handlers import sales_count
from tests.factories import ListingFactory, UserFactory
from tests.marketplace.api.support import secret_of

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari"
HERE = "http://testserver"


@pytest.fixture(autouse=True)
def _today_s_key_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    counting._key_of_the_day.cache_clear()
    monkeypatch.setattr(counting, "_paused_until", 0.0)


@pytest.fixture
def listing() -> Listing:
    return ListingFactory(slug="it", status=ListingStatus.PUBLISHED)  # type: ignore[return-value]


def visit(client: Client, path: str = "/prompts/it/", *, method: str = "get", **headers: str) -> None:
    headers = {"User-Agent": CHROME, **headers}
    assert getattr(client, method)(path, headers=headers).status_code == 200


def counted() -> dict[str, int]:
    views_drain()
    return dict(ListingDay.objects.values_list("source", "views"))


def statements(captured: CaptureQueriesContext) -> int:
    """All reads, the clock's offset aside, which anyone reads once a second."""
    asked = [query["sql"] for query in captured if "common_clockoffset" not in query["sql"]]
    assert not [sql for sql in asked if not sql.startswith("SELECT")]
    return len(asked)


def test_a_person_is_counted_once(client: Client, listing: Listing):
    visit(client)
    visit(client)
    assert counted() == {"direct": 1}


@pytest.mark.parametrize("copies", [0, 1])
def test_a_view_writes_no_row_and_asks_nothing_of_the_database(
    client: Client, listing: Listing, settings: Any, copies: int
):
    settings.PAGE_COPIES_MB = copies
    visit(client, **{"User-Agent": "Googlebot/2.1"})
    with CaptureQueriesContext(connection) as bot:
        visit(client, **{"User-Agent": "Googlebot/2.1"})
    with CaptureQueriesContext(connection) as person:
        visit(client)
    assert statements(person) == statements(bot)
    assert counted() == {"direct": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": "python-requests/2.34"},
        {"User-Agent": ""},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
    ids=str,
)
def test_programs_and_prefetches_are_no_views(client: Client, listing: Listing, headers: dict[str, str]):
    visit(client, **headers)
    assert counted() == {}


def test_a_head_request_is_no_view(client: Client, listing: Listing):
    visit(client, method="head")
    assert counted() == {}


def test_neither_its_seller_nor_staff_are_counted(client: Client, listing: Listing):
    for person in (listing.seller.user, UserFactory(is_staff=True)):
        client.force_login(person)
        visit(client)
    assert counted() == {}


def test_people_at_one_address_are_told_apart_when_signed_in(client: Client, listing: Listing):
    for _ in range(2):
        client.force_login(UserFactory())
        visit(client)
    assert counted() == {"direct": 2}


@pytest.mark.parametrize(
    ("referer", "source"),
    [
        (f"{HERE}/prompts/?q=letter", "search"),
        (f"{HERE}/prompts/?model=claude", "browse"),
        (f"{HERE}/prompts/?tag=mail", "tag"),
        (f"{HERE}/prompts/another/", "similar"),
        (f"{HERE}/", "home"),
        (f"{HERE}/models/claude/", "model"),
        (f"{HERE}/categories/writing/?sort=newest", "category"),
        (f"{HERE}/sellers/mara/", "seller"),
        (f"{HERE}/library/", "site"),
        ("https://elsewhere.example/prompts/", "web"),
        ("http://[broken", "web"),
        ("", "direct"),
    ],
)
def test_where_a_reader_came_from(client: Client, listing: Listing, referer: str, source: str):
    visit(client, Referer=referer)
    assert counted() == {source: 1}


@pytest.mark.parametrize(("via", "source"), [("link", "own_link"), ("feed", "feed"), ("nonsense", "direct")])
def test_links_we_hand_out_say_so(client: Client, listing: Listing, via: str, source: str):
    visit(client, f"/prompts/it/?via={via}")
    assert counted() == {source: 1}


def test_the_api_is_counted_apart(client: Client, listing: Listing):
    token = secret_of(UserFactory(), [Scope.LIBRARY_READ])
    for _ in range(2):
        visit(client, "/api/v1/listings/it/", Authorization=f"Bearer {token}")
    assert counted() == {"api": 1}


def test_a_page_needs_no_redis(client: Client, listing: Listing, settings: Any):
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    visit(client)


def test_a_sale_makes_a_listing_trend_more_than_ten_views(listing: Listing):
    rival = ListingFactory(status=ListingStatus.PUBLISHED)
    for visitor in range(10):
        counting.view_note(listing_id=rival.pk, visitor=str(visitor), source="search")
    views_drain()
    sales_count(OutboxMessage(topic="order_paid", payload={"listings": [listing.pk]}))
    assert ListingStats.objects.order_by("-trending")[0].listing_id == listing.pk
