"""A listing is made from nothing by the keyboard alone, and what is typed outlives the server."""

import socket
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from listings.models import Listing
from listings.queries.studio import latest_version
from marketplace.models import EditorDraft
from tests.factories import CategoryFactory, ListingFactory, SellerProfileFactory, TargetModelFactory
from tests.payments.waiting import until
from tests.support import processes
from tests.support.environment import Slot

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


class MortalSite:
    """A web server of this test's own, which can be killed and started again at the same address."""

    def __init__(self, slot: Slot, environ: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.slot, self.environ = slot, environ
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        self.web = processes.Process(self.slot, "mortal-web", command, self.environ)
        self.web.wait_until(lambda: processes.answers(f"{self.url}/healthz"))

    def kill(self) -> None:
        self.web.kill()
        self.web.stop()


@pytest.fixture
def site(slot, process_environment, live_site) -> Iterator[MortalSite]:
    site = MortalSite(slot, process_environment)
    yield site
    site.kill()


@pytest.fixture
def seller():
    TargetModelFactory()
    CategoryFactory(slug="other")
    return SellerProfileFactory()


def sign_in(context, user, url):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


@pytest.fixture
def page(browser_page, site, seller):
    sign_in(browser_page.context, seller.user, site.url)
    return browser_page


def typed(listing):
    row = EditorDraft.objects.filter(listing=listing, data__isnull=False).first()
    return row.data if row else {}


def test_what_is_typed_while_the_server_is_dead_arrives_once_it_is_back(page, site, seller):
    listing = ListingFactory(seller=seller)
    page.goto(f"{site.url}/sell/listings/{listing.slug}/edit/")
    page.locator("#id_title").fill("Typed while it ran")
    page.get_by_text("Autosaved at").wait_for()
    assert typed(listing)["title"] == "Typed while it ran"
    site.kill()
    page.locator("#id_summary").fill("Typed while it was dead")
    page.get_by_text("No connection. What you type is kept in this browser").wait_for()
    site.start()
    assert until(lambda: typed(listing).get("summary") == "Typed while it was dead")
    page.get_by_text("No connection.").wait_for(state="hidden")


def test_a_tab_closed_while_the_server_was_dead_gives_its_text_back(page, site, seller):
    listing = ListingFactory(seller=seller)
    address = f"{site.url}/sell/listings/{listing.slug}/edit/"
    page.goto(address)
    site.kill()
    page.locator("#id_prompt").fill("Ask {{whom}} twice.")
    page.close(run_before_unload=False)
    site.start()
    again = page.context.new_page()
    again.goto(address)
    assert "Ask" not in again.locator("#id_prompt").input_value()
    again.get_by_role("button", name="Restore it").click()
    again.locator("#variable-whom-label").wait_for()
    assert again.locator("#id_prompt").input_value() == "Ask {{whom}} twice."
    assert again.evaluate("Object.keys(localStorage)") == []
    listing.refresh_from_db()
    assert "Ask" not in latest_version(listing).text


def test_a_saved_text_is_not_offered_again_and_signing_out_forgets_all(page, site, seller):
    listing = ListingFactory(seller=seller)
    page.goto(f"{site.url}/sell/listings/{listing.slug}/edit/")
    page.locator("#id_title").fill("  Spaces around  ")
    page.locator("#id_price").fill("6")
    page.keyboard.press("Control+s")
    page.get_by_text("Saved.").wait_for()
    assert not page.locator("#kept-here").is_visible()
    page.evaluate("localStorage.setItem('studio:0:0', 'x')")
    page.goto(f"{site.url}/accounts/logout/")
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{site.url}/")
    assert page.evaluate("localStorage.length") == 0


def test_a_listing_is_made_from_nothing_by_the_keyboard_alone(page, site, seller):
    """Only keys: Tab moves, letters type, Enter presses. What has the focus is read, never set."""
    page.goto(f"{site.url}/sell/listings/")
    press_at(page, "Write the first one")
    page.wait_for_url("**/new/")
    write_at(page, "id_title", "Weather letters")
    write_at(page, "id_summary", "A letter about the weather.")
    write_at(page, "id_description", "It writes letters.")
    write_at(page, "id_prompt", "Write to {{name}}.")
    page.locator("#variable-name-label").wait_for()
    for number in (0, 1):
        write_at(page, f"example-{number}-value-name", "Ann")
        write_at(page, f"example-{number}-output", "Dear Ann.")
    page.get_by_text("Autosaved at").wait_for()
    assert page.url.endswith("/weather-letters/edit/")
    press_at(page, "Submit for review")
    page.get_by_text("Number 1 in the queue").wait_for()
    written = Listing.objects.get()
    assert (written.title, written.status) == ("Weather letters", "in_review")
    assert latest_version(written).text == "Write to {{name}}."


FOCUSED = """() => ({id: document.activeElement.id, text: document.activeElement.textContent.trim()})"""
MOST_TABS = 120


def tab_to(page, is_it):
    for _ in range(MOST_TABS):
        if is_it(page.evaluate(FOCUSED)):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def write_at(page, field, text):
    tab_to(page, lambda focused: focused["id"] == field)
    page.keyboard.type(text)


def press_at(page, words):
    tab_to(page, lambda focused: focused["text"] == words)
    page.keyboard.press("Enter")
