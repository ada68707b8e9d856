"""Finding a prompt as people do: by forms alone, with the page following along, and by the keyboard."""

import itertools
import json
import re

import pytest

from listings.models import ListingStatus
from listings.search import search_row_refresh
from tests.factories import ListingFactory
from tests.support.console import is_problem

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# Sums up how far things moved without anyone having asked for it: https://web.dev/articles/cls
_WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture
def catalogue(live_site):
    rows = [
        ("Invoice reminder", "claude", "business", 750, ["letters"]),
        ("Invoice template", "claude", "business", 1900, ["letters"]),
        ("Invoice form", "gemini", "business", 500, []),
        ("Meal planner", "claude", "wellbeing", 0, []),
    ]
    for title, model, category, price, tags in rows:
        listing = ListingFactory(
            status=ListingStatus.PUBLISHED,
            title=title,
            model__slug=model,
            category__slug=category,
            price_amount=price,
            tags=tags,
        )
        search_row_refresh(listing.pk)


@pytest.fixture
def page(browser_page, catalogue):
    """A browser page that fails the test for anything the page logs: a CSP violation, say."""
    problems = []
    browser_page.on("pageerror", lambda error: problems.append(str(error)))
    browser_page.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
    browser_page.add_init_script(_WATCH_SHIFTS)
    yield browser_page
    assert problems == []


@pytest.fixture
def plain_page(_browser_available, live_site, new_context, catalogue):
    """A browser that runs no JavaScript."""
    page = new_context(base_url=live_site, java_script_enabled=False).new_page()
    page.set_default_timeout(15_000)
    return page


def titles(page) -> list[str]:
    return sorted(page.locator("#results .card-title").all_inner_texts())


def test_without_javascript_forms_and_links_lead_to_a_prompt(plain_page):
    page = plain_page
    page.goto("/")
    page.locator("#hero-q").fill("invoice")
    page.locator(".hero-search button").click()
    assert titles(page) == ["Invoice form", "Invoice reminder", "Invoice template"]

    page.get_by_label("Claude").check()
    page.get_by_label("Up to").fill("10")
    page.get_by_role("button", name="Show results").click()
    assert titles(page) == ["Invoice reminder"]
    assert "model=claude" in page.url
    shared = page.url

    page.get_by_role("link", name=re.compile("up to")).click()
    assert titles(page) == ["Invoice reminder", "Invoice template"]
    page.go_back()
    assert page.url == shared

    page.get_by_role("link", name="Invoice reminder").click()
    assert page.locator("h1").inner_text() == "Invoice reminder"
    page.get_by_role("link", name="#letters").click()
    assert page.url.endswith("/tags/letters/")
    assert page.locator(".card").count() == 2


def test_with_javascript_results_and_address_follow_and_going_back_restores_both(page):
    page.goto("/prompts/")
    page.locator("#filter-q").press_sequentially("invoice")
    page.wait_for_url("**/prompts/?q=invoice")
    assert page.evaluate("document.activeElement.id") == "filter-q"

    page.check("#filter-model-claude")
    page.wait_for_url("**/prompts/?q=invoice&model=claude")
    assert titles(page) == ["Invoice reminder", "Invoice template"]
    assert page.locator("#results-status").inner_text() == "2 prompts"
    # What was chosen keeps the focus though the fieldset around it is new.
    assert page.evaluate("document.activeElement.id") == "filter-model-claude"
    assert page.evaluate("window.shifted") < 0.05

    page.get_by_role("link", name="Invoice reminder").click()
    page.wait_for_url("**/prompts/listing-*/")
    page.go_back()
    page.wait_for_url("**/prompts/?q=invoice&model=claude")
    assert titles(page) == ["Invoice reminder", "Invoice template"]
    assert page.locator("#filter-model-claude").is_checked()
    page.go_back()
    page.wait_for_url("**/prompts/?q=invoice")
    page.get_by_role("heading", name="3 prompts").wait_for()
    assert page.locator("#filter-q").input_value() == "invoice"


def test_the_keyboard_finds_and_opens_a_prompt(page):
    page.goto("/categories/wellbeing/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("invoice/template")
    assert page.evaluate("document.activeElement.value") == "invoice/template"
    page.keyboard.press("Enter")
    page.wait_for_url("**/prompts/?q=invoice%2Ftemplate")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "filter-q"
    page.keyboard.type("reminder")
    page.wait_for_url("**/prompts/?q=reminder")
    link = page.locator("#results .card-title a").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/prompts/listing-*/")
    assert page.locator("h1").inner_text() == "Invoice reminder"


def test_a_phone_s_search_key_opens_the_menu_that_holds_the_search(page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/categories/wellbeing/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "menu-search"


def test_every_finding_page_has_its_landmarks_and_one_heading_above_all(page):
    for url in ["/", "/prompts/", "/models/claude/", "/categories/business/", "/tags/letters/", "/recent/"]:
        page.goto(url)
        for landmark in ("banner", "main", "contentinfo", "search"):
            assert page.get_by_role(landmark).count() >= 1, (url, landmark)
        assert page.locator("h1").count() == 1, url
        levels = [
            int(tag[1])
            for tag in page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => e.tagName)")
        ]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (
            url,
            levels,
        )


def test_facts_for_machines_pass_the_content_security_policy(page):
    """As an error on the console they would fail the fixture."""
    page.goto("/prompts/")
    page.locator("#results .card-title a").first.click()
    page.wait_for_url("**/prompts/listing-*/")
    blocks = page.locator('script[type="application/ld+json"]').all_text_contents()
    assert {json.loads(block)["@type"] for block in blocks} == {"Product", "BreadcrumbList"}
