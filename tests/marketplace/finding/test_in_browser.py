"""What browsing adds where JavaScript runs: results and address follow the form, going back works."""

import pytest

from listings.models import ListingStatus
from listings.search import search_row_refresh
from tests.factories import ListingFactory
from tests.support.console import is_problem

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser_page):
    """A browser page that fails the test for anything the page logs: a CSP violation, say."""
    problems = []
    browser_page.on("pageerror", lambda error: problems.append(str(error)))
    browser_page.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
    yield browser_page
    assert problems == []


@pytest.fixture
def listings(browser_page):
    for model, title in [
        ("claude", "Invoice reminder"),
        ("claude", "Meal planner"),
        ("gemini", "Invoice form"),
    ]:
        listing = ListingFactory(status=ListingStatus.PUBLISHED, title=title, model__slug=model)
        search_row_refresh(listing.pk)


def titles(page) -> list[str]:
    return sorted(page.locator("#results .card-title").all_inner_texts())


def test_results_follow_the_form_and_going_back_restores_them(page, listings) -> None:
    page.goto("/prompts/")
    page.check("[name=model][value=claude]")
    page.wait_for_url("**/prompts/?model=claude")
    assert titles(page) == ["Invoice reminder", "Meal planner"]
    page.locator("#filter-q").press_sequentially("invoice")
    page.wait_for_url("**/prompts/?q=invoice&model=claude")
    assert titles(page) == ["Invoice reminder"]
    assert page.locator("#filter-model").inner_text().split("\n")[-1].endswith("1")
    page.go_back()
    page.wait_for_url("**/prompts/?model=claude")
    page.get_by_role("heading", name="2 prompts").wait_for()
    assert titles(page) == ["Invoice reminder", "Meal planner"]
    assert page.locator("header.site-header").count() == 1


def test_a_phone_reaches_everything_through_the_menu_and_sees_no_sideways_scroll(page, listings) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    page.locator(".site-menu > summary").click()
    page.locator(".site-menu").get_by_role("link", name="Browse").click()
    page.wait_for_url("**/prompts/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Claude").check()
    page.wait_for_url("**/prompts/?model=claude")
    for url in ["/", "/prompts/", "/models/claude/", "/accounts/signup/"]:
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
