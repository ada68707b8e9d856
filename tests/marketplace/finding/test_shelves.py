"""Shelves beside the catalogue: the front page's rows, collections, tags, models, what was looked at last."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from listings.models import Collection, CollectionItem, Listing, ListingStatus
from listings.search import search_row_refresh
from listings.services.counting import listings_stir
from tests.factories import ListingFactory, UserFactory

pytestmark = pytest.mark.django_db


def on_sale(**fields: Any) -> Listing:
    listing: Any = ListingFactory(status=ListingStatus.PUBLISHED, **fields)
    search_row_refresh(listing.pk)
    return listing  # type: ignore[no-any-return]


def collected(*listings: Listing, **fields: Any) -> Collection:
    texts = {"slug": "picks", "title": "Our picks", "title_fr": "Nos choix", "text": "Why.", "is_shown": True}
    collection = Collection.objects.create(**{**texts, **fields})
    for place, listing in enumerate(listings):
        CollectionItem.objects.create(collection=collection, listing=listing, position=place)
    return collection


def page(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def in_order(html: str, *words: str) -> bool:
    places = [html.find(word) for word in words]
    return -1 not in places and places == sorted(places)


def test_the_front_page_has_the_rows_that_staff_picked_in_both_languages(client: Client):
    collected(on_sale(title="First"), on_sale(title="Second"))
    collected(on_sale(title="Third"), slug="hidden", title="Hidden row", is_shown=False)
    html = page(client, "/")
    assert in_order(html.split("Our picks")[1], "First", "Second")
    assert "Hidden row" not in html
    assert "Nos choix" in page(client, "/", **{"Accept-Language": "fr"})


def test_a_row_without_anything_on_sale_is_not_shown(client: Client):
    collected(ListingFactory(title="A draft"))
    assert "Our picks" not in page(client, "/")


def test_what_is_asked_for_now_trends_on_the_front_page(client: Client):
    quiet, loud = on_sale(title="Quiet"), on_sale(title="Loud")
    listings_stir(weights={quiet.pk: 1, loud.pk: 9}, at=clock.now())
    html = page(client, "/")
    assert in_order(html.split("Trending")[1], "Loud", "Quiet")


def test_a_collection_has_a_page_of_its_own_with_what_is_on_sale(client: Client):
    collected(on_sale(title="First"), ListingFactory(title="A draft"), on_sale(title="Second"))
    html = page(client, "/collections/picks/")
    assert in_order(html, "Our picks", "First", "Second")
    assert "A draft" not in html
    Collection.objects.update(is_shown=False)
    assert client.get("/collections/picks/").status_code == 404


def test_an_empty_collection_leads_on(client: Client):
    collected()
    assert 'href="/prompts/"' in page(client, "/collections/picks/").split("<main")[1]


def test_staff_put_a_collection_together_in_the_admin(client: Client):
    listing = on_sale(title="First")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    form = {
        **{"slug": "picks", "title": "Our picks", "title_fr": "Nos choix", "text": "", "text_fr": ""},
        **{"position": "1", "is_shown": "on", "items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0"},
        **{"items-0-listing": str(listing.pk), "items-0-position": "1"},
    }
    assert client.post("/admin/listings/collection/add/", form).status_code == 302
    found = client.get("/admin/autocomplete/?app_label=listings&model_name=collectionitem&field_name=listing")
    assert [row["text"] for row in found.json()["results"]] == ["First"]
    assert "First" in page(client, "/collections/picks/")


def test_a_model_s_page_shows_what_was_picked_and_leads_by_its_orders(client: Client):
    picked = on_sale(title="Picked", model__slug="claude")
    collected(picked, on_sale(title="Elsewhere", model__slug="gemini"))
    html = page(client, "/models/claude/")
    assert in_order(html, "Picked by us", "Picked", 'aria-label="Order"')
    assert "Elsewhere" not in html
    newest = page(client, "/models/claude/?sort=newest")
    assert '<a href="/models/claude/?sort=newest" aria-current="page">' in newest


@pytest.mark.parametrize(("modality", "is_gallery"), [("image", True), ("video", True), ("text", False)])
def test_pictures_lead_where_the_model_makes_them(client: Client, modality: str, is_gallery: bool):
    listing = on_sale(model__slug="flux")
    listing.model.modality = modality
    listing.model.save()
    assert ("is-gallery" in page(client, "/models/flux/")) is is_gallery


def test_a_tag_has_a_page_that_is_kept_from_search_engines_while_it_is_thin(client: Client):
    for number in range(2):
        on_sale(title=f"Tagged {number}", tags=["letters"])
    on_sale(title="Untagged")
    html = page(client, "/tags/letters/")
    assert "Tagged 0" in html
    assert "Untagged" not in html
    assert "noindex" in html
    on_sale(tags=["letters"])
    assert 'rel="canonical"' in page(client, "/tags/letters/")
    assert client.get("/tags/none/").status_code == 404


def test_a_prompt_s_tags_lead_to_their_pages(client: Client):
    on_sale(slug="it", tags=["letters"])
    assert 'href="/tags/letters/"' in page(client, "/prompts/it/")


def test_what_was_looked_at_comes_back_last_first_and_can_be_forgotten(client: Client):
    for slug in ("one", "two", "three"):
        on_sale(slug=slug, title=slug.title())
        page(client, f"/prompts/{slug}/")
    page(client, "/prompts/one/")
    html = page(client, "/recent/").split("<main")[1]
    assert in_order(html, "/prompts/one/", "/prompts/three/", "/prompts/two/")
    assert "Recently viewed" in page(client, "/")
    assert "no-store" in client.get("/recent/")["Cache-Control"]
    after = client.post("/recent/", follow=True).content.decode()
    assert "/prompts/one/" not in after.split("<main")[1]
    assert "Recently viewed" not in page(client, "/").split("<main")[1].split("</main>")[0]


def test_the_cookie_of_it_is_for_the_server_alone_and_holds_no_more_than_a_dozen(client: Client):
    for number in range(14):
        on_sale(slug=f"it-{number}")
        page(client, f"/prompts/it-{number}/")
    cookie = client.cookies["recent"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(cookie.value.split(".")) == 12


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_wants_not_to_be_followed_is_not(client: Client, header: str):
    on_sale(slug="it")
    page(client, "/prompts/it/", **{header: "1"})
    assert "recent" not in client.cookies


@pytest.mark.parametrize("cookie", ["x", "1.2.3;", "9" * 500, "²", "-1", "1.." * 100])
def test_a_cookie_that_was_tampered_with_is_harmless(client: Client, cookie: str):
    client.cookies["recent"] = cookie
    page(client, "/")
    page(client, "/recent/")


def test_what_is_no_longer_on_sale_is_not_among_the_recent(client: Client):
    listing = on_sale(slug="it", title="It was here")
    page(client, "/prompts/it/")
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
    assert "It was here" not in page(client, "/recent/")


@pytest.mark.parametrize(
    "url", ["/", "/models/claude/", "/tags/letters/", "/collections/picks/", "/recent/", "/prompts/it-0/"]
)
def test_more_of_everything_costs_no_more_queries(client: Client, url: str, settings: Any):
    settings.PAGE_COPIES_MB = 0
    where = {"model__slug": "claude", "tags": ["letters"]}

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client, url)
        return sum("common_clockoffset" not in query["sql"] for query in captured)

    collected(*(on_sale(slug=f"it-{number}", price_amount=0, **where) for number in range(3)))
    page(client, "/prompts/it-0/")
    before = queries()
    more = [on_sale(slug=f"it-{number}", **where) for number in range(3, 9)]
    for listing in more:
        CollectionItem.objects.create(collection=Collection.objects.get(), listing=listing)
        page(client, f"/prompts/{listing.slug}/")
    assert queries() == before
    assert before <= 12
