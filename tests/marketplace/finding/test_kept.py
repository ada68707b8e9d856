"""Copies of public pages: true at every moment, the same for nobody but guests, and with nobody's token."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common import clock
from listings.models import Category, Collection, CollectionItem, Listing, ListingStatus, PublicChange, Tag
from listings.queries.public_state import public_stamp
from listings.services.public_state import public_changes_fold
from marketplace.models import Review
from marketplace.pages.kept import COPIES
from payments.models import Entitlement
from tests.factories import ListingFactory, UserFactory
from tests.marketplace.selling.sales import sold

PAGES = [
    *("/", "/prompts/", "/prompts/?q=lighthouse", "/prompts/it/", "/models/claude/", "/categories/writing/"),
    *("/tags/letters/", "/sellers/mara/", "/collections/picks/"),
]
# Read by public pages and not watched, since nothing in them changes once a page shows it.
SEALED = {"listings_promptversion", "listings_exampleoutput", "listings_picture"}
# Not shown: who bought only decides who may review; one's own rows are shown to nobody else.
NOT_SHOWN = {"listings_publicchange", "common_clockoffset", "payments_entitlement"}


@pytest.fixture
def it(db: None) -> Listing:
    listing = ListingFactory(
        slug="it",
        title="Lighthouse keeper",
        status=ListingStatus.PUBLISHED,
        model__slug="claude",
        category__slug="writing",
        seller__handle="mara",
        tags=["letters"],
    )
    picks = Collection.objects.create(slug="picks", title="Picks", is_shown=True)
    CollectionItem.objects.create(collection=picks, listing=listing)
    return listing


def statements(client: Client, url: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, headers=headers).status_code == 200
    return sum("common_clockoffset" not in query["sql"] for query in captured)


@pytest.mark.parametrize("url", PAGES)
def test_the_second_guest_gets_a_copy_for_one_statement(it: Listing, url: str) -> None:
    assert statements(Client(), url) > 1
    assert statements(Client(), url) == 1


def test_a_copy_is_a_minute_old_at_most(it: Listing) -> None:
    """What a page says of time changes by itself."""
    statements(Client(), "/prompts/it/")
    try:
        clock.clock_move(offset=datetime.timedelta(seconds=61))
        assert statements(Client(), "/prompts/it/") > 1
        assert statements(Client(), "/prompts/it/") == 1
    finally:
        clock.clock_move(offset=datetime.timedelta())


def bought(listing: Listing) -> Entitlement:
    item = sold(listing)
    return Entitlement.objects.create(
        item=item, buyer=item.order.buyer, listing=listing, version=item.version
    )


CHANGES: dict[str, Callable[[Listing], Any]] = {
    "price": lambda it: Listing.objects.filter(pk=it.pk).update(price_amount=700),
    "sale": lambda it: Listing.objects.filter(pk=it.pk).update(sales_count=7),
    "title": lambda it: Listing.objects.filter(pk=it.pk).update(title="Windmill keeper"),
    "off sale": lambda it: Listing.objects.filter(pk=it.pk).update(status=ListingStatus.UNLISTED),
    "another on sale": lambda it: ListingFactory(status=ListingStatus.PUBLISHED),
    "review": lambda it: Review.objects.create(
        listing=it, entitlement=bought(it), buyer=UserFactory(), stars=5, text="Good."
    ),
    "a reviewer's name": lambda it: (
        type(it.seller.user).objects.filter(pk=it.seller.user_id).update(display_name="Else")
    ),
    "storefront": lambda it: (
        type(it.seller).objects.filter(pk=it.seller_id).update(name="Mara and daughters")
    ),
    "model": lambda it: type(it.model).objects.filter(pk=it.model_id).update(name="Claude 9"),
    "category": lambda it: Category.objects.filter(pk=it.category_id).update(name="Letters"),
    "tag": lambda it: it.tags.add(Tag.objects.create(slug="sea")),
    "collection": lambda it: Collection.objects.update(title="Best of all"),
    "picked": lambda it: CollectionItem.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_in_public_ends_all_copies(it: Listing, change: str) -> None:
    for url in PAGES:
        Client().get(url)
    before = public_stamp()
    CHANGES[change](it)
    assert public_stamp() != before
    assert statements(Client(), "/prompts/") > 1


def test_what_nobody_sees_ends_none(it: Listing) -> None:
    before = public_stamp()
    ListingFactory(slug="draft", model=it.model, category=it.category, seller=it.seller)
    UserFactory()
    assert public_stamp() == before


def test_a_price_is_the_new_one_at_once(it: Listing, client: Client) -> None:
    assert "$4.99" in client.get("/prompts/it/").content.decode()
    Listing.objects.filter(pk=it.pk).update(price_amount=700)
    assert "$7.00" in client.get("/prompts/it/").content.decode()
    assert "$7.00" in Client().get("/prompts/").content.decode()


def test_every_table_that_a_copy_is_made_of_is_watched(it: Listing) -> None:
    Review.objects.create(listing=it, entitlement=bought(it), buyer=UserFactory(), stars=5, text="Good.")
    with CaptureQueriesContext(connection) as captured:
        for url in PAGES:
            Client().get(url)
        Client().get("/prompts/?q=lighthousr")
    read = {
        table
        for query in captured
        for table in re.findall(r'(?:FROM|JOIN) "?([a-z]+_[a-z_]+)"?', query["sql"])
        if not table.startswith("pg_")
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'public\\_%'")
        watched = {table for (table,) in cursor.fetchall()}
    assert "listings_listing" in read
    assert read - watched - SEALED - NOT_SHOWN == set()


def test_each_reader_has_a_token_of_their_own_that_is_good(it: Listing) -> None:
    found = []
    for _ in range(3):
        client = Client(enforce_csrf_checks=True)
        html = client.get("/prompts/it/").content.decode()
        tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html))
        assert len(tokens) == 1
        found.append(tokens.pop())
        sent = {"csrfmiddlewaretoken": found[-1], "language": "fr", "next": "/"}
        assert client.post("/i18n/setlang/", sent).status_code == 302
    assert len(set(found)) == 3


def test_whoever_is_not_just_any_guest_gets_a_page_of_their_own(it: Listing) -> None:
    Client().get("/prompts/it/")
    reader = Client()
    reader.force_login(UserFactory(display_name="Zoe Zebra"))
    assert "Zoe Zebra" in reader.get("/prompts/it/").content.decode()
    assert "Zoe Zebra" not in Client().get("/prompts/it/").content.decode()
    with_cart = Client()
    with_cart.post("/cart/change/", {"listing": "it"})
    assert 'class="cart-count">1<' in with_cart.get("/prompts/it/").content.decode()
    assert 'class="cart-count"' not in Client().get("/prompts/it/").content.decode()


def test_languages_do_not_share_copies(it: Listing) -> None:
    assert '<html lang="en">' in Client().get("/prompts/").content.decode()
    assert '<html lang="fr">' in Client().get("/prompts/", headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="en">' in Client().get("/prompts/").content.decode()
    translation.activate("en")


def test_a_copy_that_is_looked_at_is_remembered_and_counted(
    it: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[int] = []
    monkeypatch.setattr(
        "marketplace.view_counting.view_note", lambda *, listing_id, **_rest: noted.append(listing_id)
    )
    for _ in range(2):
        client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
        client.get("/prompts/it/")
        assert client.cookies["recent"].value == str(it.pk)
    assert noted == [it.pk, it.pk]


def test_copies_take_no_more_than_their_share_of_memory(it: Listing, settings: Any) -> None:
    settings.PAGE_COPIES_MB = 1
    for number in range(100):
        Client().get(f"/prompts/?n={number}")
    assert 10 < len(COPIES) < 100
    assert statements(Client(), "/prompts/?n=99") == 1
    assert statements(Client(), "/prompts/?n=0") > 1


def test_without_memory_for_them_there_are_none(it: Listing, settings: Any) -> None:
    settings.PAGE_COPIES_MB = 0
    assert statements(Client(), "/prompts/") == statements(Client(), "/prompts/") > 1


def test_folding_changes_leaves_the_stamp(it: Listing) -> None:
    for sales in range(1, 6):
        Listing.objects.filter(pk=it.pk).update(sales_count=sales)
    before = public_stamp()
    assert PublicChange.objects.count() > 5
    public_changes_fold(few=2)
    assert PublicChange.objects.count() == 1
    assert public_stamp() == before
