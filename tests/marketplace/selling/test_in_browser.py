"""What the studio adds where JavaScript runs: rows follow the prompt, Ctrl+S saves, leaving asks first."""

import pytest
from django.conf import settings
from django.test import Client

from listings.models import Listing
from listings.queries.studio import latest_version
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser_page, live_site):
    """A browser page that fails the test for anything the page logs: a CSP violation, say."""
    problems = []
    browser_page.on("pageerror", lambda error: problems.append(str(error)))
    browser_page.on(
        "console", lambda message: problems.append(message.text) if message.type == "error" else None
    )
    yield browser_page
    assert problems == []


def sign_in(page, user, live_site):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_site}])


@pytest.fixture
def listing(page, live_site):
    listing = ListingFactory(seller=SellerProfileFactory(), text="About {{topic}}.")
    sign_in(page, listing.seller.user, live_site)
    page.goto(f"/sell/listings/{listing.slug}/edit/")
    return listing


def test_blanks_and_their_inputs_appear_while_the_prompt_is_typed(page, listing):
    page.locator("#id_prompt").press("End")
    page.locator("#id_prompt").press_sequentially(" In {{tone}}.")
    page.locator("#variable-tone-label").wait_for()
    assert page.locator("#example-1-value-tone").count() == 1
    assert page.evaluate("document.activeElement.id") == "id_prompt"


def test_choices_are_asked_for_once_the_kind_needs_them(page, listing):
    page.locator("#variable-topic-type").select_option("choice")
    page.locator("#variable-topic-choices").fill("rain\nsun")
    page.locator("#variable-topic-default").fill("rain")
    page.locator(".rendered > summary").click()
    page.locator("#example-0-value-topic").fill("sun")
    page.get_by_text("About sun.").wait_for()


def test_another_example_comes_without_a_page_load(page, listing):
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="Another example").click()
    page.locator("#example-2-output").wait_for()
    assert page.evaluate("window.isSamePage")


def test_control_s_saves(page, listing):
    page.locator("#id_title").fill("A better title")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    page.get_by_text("Saved.").wait_for()
    assert Listing.objects.get().title == "A better title"


def test_leaving_with_unsaved_changes_asks_first(page, listing):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("#id_title").press_sequentially("!")
    page.get_by_role("link", name="Sales", exact=True).click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.url.endswith("/edit/")


def test_leaving_after_saving_asks_nothing(page, listing):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#id_title").press_sequentially("!")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Saved.").wait_for()
    page.get_by_role("link", name="Sales", exact=True).click()
    page.wait_for_url("**/sell/sales/")
    assert asked == []


def test_the_description_can_be_seen_as_it_will_look(page, listing):
    page.locator("#id_description").fill("It is **bold**.")
    page.get_by_role("button", name="Show how it looks").click()
    page.locator("#description-preview strong").wait_for()


def test_a_prompt_is_written_from_nothing_and_submitted(page, listing, live_site):
    page.goto("/sell/listings/new/")
    page.locator("#id_title").fill("Weather letters")
    page.locator("#id_summary").fill("A letter about the weather.")
    page.locator("#id_description").fill("It writes letters.")
    page.locator("#id_prompt").fill("Write to {{name}}.")
    page.locator("#variable-name-label").wait_for()
    for number in (0, 1):
        page.locator(f"#example-{number}-value-name").fill("Ann")
        page.locator(f"#example-{number}-output").fill("Dear Ann.")
    page.locator("#id_price").fill("5")
    page.get_by_role("button", name="Submit for review").click()
    page.get_by_text("Number 1 in the queue").wait_for()
    written = Listing.objects.get(title="Weather letters")
    assert (written.status, latest_version(written).text) == ("in_review", "Write to {{name}}.")


def test_a_storefront_handle_is_tried_while_it_is_typed(page, live_site):
    SellerProfileFactory(handle="taken-one")
    sign_in(page, UserFactory(), live_site)
    page.goto("/sell/")
    page.locator("#id_handle").fill("taken-one")
    page.get_by_text("This handle is taken.").wait_for()


def test_on_a_phone_every_section_is_reached_by_keys_alone_and_without_scripts(
    new_context, live_site, listing
):
    context = new_context(
        base_url=live_site, java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    phone = context.new_page()
    sign_in(phone, listing.seller.user, live_site)
    phone.goto("/sell/")
    tabs = phone.get_by_role("navigation", name="Studio")
    assert tabs.get_by_role("link").all_inner_texts() == ["Overview", "Listings", "Sales"]
    tabs.get_by_text("More").focus()
    phone.keyboard.press("Enter")
    for _ in range(3):
        phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/sell/reviews/")
    assert tabs.locator("summary").inner_text().split() == ["More:", "Reviews"]
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert len(set(phone.evaluate(widths))) == 1
