"""The browse page and the shelves, as a browser without and with JavaScript sees them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from listings.models import Listing, ListingStatus
from listings.search import search_row_refresh
from tests.factories import ListingFactory, SellerProfileFactory

pytestmark = pytest.mark.django_db


def on_sale(**fields: Any) -> Listing:
    listing: Any = ListingFactory(status=ListingStatus.PUBLISHED, **fields)
    search_row_refresh(listing.pk)
    return listing  # type: ignore[no-any-return]


def page(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_browse_narrows_by_what_the_form_sends(client: Client) -> None:
    on_sale(title="Invoice reminder", price_amount=750)
    on_sale(title="Invoice template", price_amount=900)
    html = page(client, "/prompts/?q=invoice&model=&category=&min_price=&max_price=7.50&rating=&sort=")
    assert "Invoice reminder" in html
    assert "Invoice template" not in html
    assert "1 prompt" in html


def test_a_bad_price_is_named_in_the_form_and_the_rest_still_works(client: Client) -> None:
    on_sale(title="Invoice reminder")
    on_sale(title="Meal planner")
    html = page(client, "/prompts/?q=invoice&min_price=abc")
    assert 'value="abc" aria-invalid="true"' in html
    assert "Lowest price: Give an amount in dollars" in html
    assert "Invoice reminder" in html
    assert "Meal planner" not in html


def test_what_a_person_typed_is_never_markup(client: Client) -> None:
    html = page(client, '/prompts/?q="><script>alert(1)</script>&min_price="><script>&model=<script>')
    assert "<script>" not in html


def test_each_condition_in_force_has_a_link_that_lifts_it_alone(client: Client) -> None:
    on_sale(title="Invoice reminder", tags=["money"])
    html = page(client, "/prompts/?q=invoice&tag=money&free=0&rating=")
    assert 'href="/prompts/?tag=money"' in html
    assert 'href="/prompts/?q=invoice"' in html


def test_an_empty_result_says_what_to_do_and_shows_what_others_bought(client: Client) -> None:
    on_sale(title="Invoice reminder")
    html = page(client, "/prompts/?q=zzzz")
    assert "Nothing matches" in html
    assert "Invoice reminder" in html


def test_htmx_gets_the_results_alone_and_a_clean_address(client: Client) -> None:
    on_sale(title="Invoice reminder")
    url = "/prompts/?q=invoice&model=&min_price=&sort="
    response = client.get(url, headers={"HX-Request": "true"})
    html = response.content.decode()
    assert "Invoice reminder" in html
    assert "<html" not in html
    assert response["HX-Push-Url"] == "/prompts/?q=invoice"
    assert "HX-Request" in response["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(client: Client) -> None:
    html = page(client, "/prompts/", **{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in html


def test_pages_turn_and_keep_the_filter(client: Client) -> None:
    for number in range(25):
        on_sale(title=f"Invoice {number}")
    assert 'href="?q=invoice&amp;page=2"' in page(client, "/prompts/?q=invoice")
    second = page(client, "/prompts/?q=invoice&page=2")
    assert "Page 2 of 2" in second
    assert 'href="?q=invoice&amp;page=1"' in second
    assert "Page 2 of 2" in page(client, "/prompts/?q=invoice&page=99")
    assert "Page 1 of 2" in page(client, "/prompts/?q=invoice&page=x")


@pytest.mark.parametrize(
    "url", ["/", "/prompts/", "/models/claude/", "/categories/data/", "/sellers/mara/"], ids=str
)
def test_shelves_show_what_is_on_sale_and_nothing_else(client: Client, url: str) -> None:
    where = {"model__slug": "claude", "category__slug": "data", "seller": SellerProfileFactory(handle="mara")}
    on_sale(title="On sale", **where)
    for status in ListingStatus:
        if status != ListingStatus.PUBLISHED:
            ListingFactory(status=status, title=f"Hidden as {status}", **where)
    html = page(client, url)
    assert "On sale" in html
    assert "Hidden as" not in html


def test_a_shelf_holds_its_own_alone(client: Client) -> None:
    on_sale(title="For Claude", model__slug="claude")
    on_sale(title="For Gemini", model__slug="gemini")
    html = page(client, "/models/claude/?model=gemini&sort=nonsense")
    assert "For Claude" in html
    assert "For Gemini" not in html


@pytest.mark.parametrize("url", ["/models/none/", "/categories/none/", "/sellers/none/", "/prompts/none/"])
def test_an_unknown_shelf_is_not_found(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", ["/", "/prompts/?q=listing", "/models/claude/", "/sellers/mara/"])
def test_more_listings_cost_no_more_queries(client: Client, url: str, settings: Any) -> None:
    settings.PAGE_COPIES_MB = 0
    where = {"model__slug": "claude", "seller": SellerProfileFactory(handle="mara")}

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client, url)
        return len(captured)

    on_sale(title="Listing", **where)
    before = queries()
    for number in range(5):
        on_sale(title="Listing", tags=[f"tag-{number}"], **where)
    assert queries() == before


def test_prices_follow_the_language(client: Client) -> None:
    on_sale(price_amount=499)
    assert "$4.99" in page(client, "/prompts/")
    french = page(client, "/prompts/", **{"Accept-Language": "fr"})
    assert '<html lang="fr">' in french
    assert "4,99" in french


def test_every_page_has_its_own_title_description_and_address(client: Client) -> None:
    on_sale(
        title="Invoice reminder",
        slug="it",
        summary="Asks twice.",
        model__slug="claude",
        category__slug="data",
    )
    html = page(client, "/prompts/it/")
    assert "<title>Invoice reminder · Promptfair</title>" in html
    assert '<meta name="description" content="Asks twice.">' in html
    assert '/prompts/it/">' in html.split('rel="canonical"')[1][:80]
    titles = {
        page(client, url).split("<title>")[1].split("</title>")[0]
        for url in ["/", "/prompts/", "/prompts/it/", "/models/claude/", "/categories/data/"]
    }
    assert len(titles) == 5


def test_the_language_switch_works_without_javascript(client: Client) -> None:
    response = client.post("/i18n/setlang/", {"language": "fr", "next": "/prompts/"}, follow=True)
    assert b'<html lang="fr">' in response.content


@pytest.mark.parametrize(
    "url", ["/", "/prompts/", "/prompts/it/", "/accounts/login/", "/accounts/signup/", "/none/"]
)
def test_nothing_needs_what_the_content_security_policy_forbids(client: Client, url: str) -> None:
    on_sale(slug="it")
    html = client.get(url).content.decode()
    assert " style=" not in html
    assert "<style" not in html
    assert " onclick=" not in html
    scripts = [tag.split(">")[0] for tag in html.split("<script")[1:]]
    assert all("src=" in script or 'type="application/ld+json"' in script for script in scripts)
