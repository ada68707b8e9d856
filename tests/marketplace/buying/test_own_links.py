"""By which link a buyer came: what counts as the seller's own, and what does not."""

import datetime

import pytest
from django.core import signing
from django.test import Client

from common import clock
from listings.models import ListingStatus
from payments.models import OrderItem
from tests.factories import ListingFactory

from .conftest import signed_in

pytestmark = pytest.mark.usefixtures("stripe_sandbox")
LINK = "/prompts/letters/?via=link"


@pytest.fixture
def browser(alice) -> Client:
    return signed_in(alice)


def source_of_order(browser, *slugs):
    answer = browser.post("/checkout/", {"listing": slugs or ("letters",), "consent": "immediate-delivery"})
    assert answer.status_code == 303
    items = OrderItem.objects.order_by("-pk").values_list("source", "platform_fee_amount")
    return list(items[: len(slugs) or 1])


@pytest.mark.usefixtures("listing")
@pytest.mark.parametrize("address", [LINK, "/sellers/{handle}/?via=link"])
def test_who_comes_by_the_sellers_link_buys_without_our_fee(browser, bob, address):
    browser.get(address.format(handle=bob.handle), headers={"referer": "https://bobs-blog.example/"})
    assert source_of_order(browser) == [("own_link", 0)]


@pytest.mark.usefixtures("listing")
def test_who_found_it_here_buys_with_it(browser):
    browser.get("/prompts/letters/")
    assert source_of_order(browser) == [("site", 99)]


@pytest.mark.usefixtures("listing")
def test_a_link_inside_this_site_brings_nobody(browser):
    browser.get(LINK, headers={"referer": "http://testserver/prompts/?q=letters"})
    assert source_of_order(browser) == [("site", 99)]


@pytest.mark.usefixtures("listing")
@pytest.mark.parametrize(("days", "source"), [(29, "own_link"), (31, "site")])
def test_it_counts_for_thirty_days(browser, monkeypatch, days, source):
    now = clock.now()
    with monkeypatch.context() as before:
        before.setattr(clock, "now", lambda: now - datetime.timedelta(days=days))
        browser.get(LINK)
    assert source_of_order(browser)[0][0] == source


def test_it_counts_for_the_links_seller_alone(browser, listing):
    other = ListingFactory(status=ListingStatus.PUBLISHED, slug="other", price_amount=1000)
    browser.get(LINK)
    assert set(source_of_order(browser, "letters", "other")) == {("own_link", 0), ("site", 200)}
    assert other.seller_id != listing.seller_id


@pytest.mark.usefixtures("listing")
def test_the_last_link_that_names_its_way_counts(browser):
    browser.get(LINK)
    browser.get("/prompts/letters/?via=follow")
    assert source_of_order(browser) == [("follow", 99)]


@pytest.mark.parametrize("salt", ["", "other"])
def test_what_we_did_not_sign_counts_for_nothing(browser, bob, listing, salt):
    forged = signing.dumps([(bob.pk, "own_link", 9999999999)], salt=salt) if salt else "nonsense"
    browser.cookies["via"] = forged
    assert source_of_order(browser) == [("site", 99)]
    assert listing.seller_id == bob.pk


def test_the_seller_is_not_brought_by_the_own_link(bob, listing):
    browser = signed_in(bob.user)
    assert "via" not in browser.get(LINK).cookies
    assert listing.seller_id == bob.pk


@pytest.mark.usefixtures("listing")
def test_the_cookie_is_for_the_server_alone_and_names_no_person(browser, alice):
    cookie = browser.get(LINK).cookies["via"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert alice.email not in cookie.value
