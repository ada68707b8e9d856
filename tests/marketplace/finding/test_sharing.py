"""What a page says of itself where it is shared: tags, facts for machines, the picture."""

import json
import struct
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client

from listings.models import Listing, ListingStatus
from listings.queries.detail import public_listing
from marketplace.sharing import pictures
from marketplace.sharing.drawing import drawable, fitted, picture_png
from marketplace.sharing.pictures import SITE_PICTURE, PictureFacts, picture_of, pictures_sweep
from marketplace.templatetags.promptfair import json_ld
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def on_sale(**fields: Any) -> Listing:
    listing: Any = ListingFactory(status=ListingStatus.PUBLISHED, **{"slug": "it", **fields})
    return listing  # type: ignore[no-any-return]


def picture(slug: str = "it") -> PictureFacts:
    return picture_of(public_listing(slug))


def page(client: Client, url: str = "/prompts/it/", **headers: str) -> str:
    return client.get(url, headers=headers).content.decode()


def facts(html: str) -> dict[str, dict[str, Any]]:
    blocks = html.split('<script type="application/ld+json">')[1:]
    found = [json.loads(block.split("</script>")[0]) for block in blocks]
    return {fact["@type"]: fact for fact in found}


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])  # type: ignore[return-value]


def test_a_prompt_is_a_product_with_an_offer(client: Client):
    on_sale(title="Tea & <toast>", summary="For two.", price_amount=1250)
    product = facts(page(client))["Product"]
    assert (product["name"], product["description"]) == ("Tea & <toast>", "For two.")
    assert product["offers"]["price"] == "12.50"
    assert product["offers"]["priceCurrency"] == "USD"
    assert product["url"] == f"{settings.PUBLIC_URL}/prompts/it/"
    assert "aggregateRating" not in product


def test_a_rating_is_said_where_there_are_reviews(client: Client):
    on_sale(rating_count=4, rating_sum=18)
    rating = facts(page(client))["Product"]["aggregateRating"]
    assert (rating["ratingValue"], rating["reviewCount"]) == (4.5, 4)


def test_where_a_page_is_stands_in_it(client: Client):
    listing = on_sale(title="Tea")
    steps = facts(page(client))["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps] == ["Prompts", listing.category.name, "Tea"]
    assert [step["position"] for step in steps] == [1, 2, 3]


def test_no_fact_can_end_its_block():
    name = "</script><script>alert(1)</script>\u2028&"
    html = json_ld({"name": name})
    assert html.count("<") == 2
    assert json.loads(html.split(">", 1)[1].rsplit("<", 1)[0])["name"] == name


def test_the_tags_name_a_picture_that_is_there(client: Client):
    on_sale(title="Tea & toast")
    html = page(client)
    assert '<meta property="og:title" content="Tea &amp; toast">' in html
    address = html.split('property="og:image" content="')[1].split('"')[0]
    response = client.get(address.removeprefix(settings.PUBLIC_URL))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert size(response.content) == (1200, 630)
    assert "immutable" in response["Cache-Control"]


def test_a_picture_is_drawn_once(client: Client, monkeypatch: pytest.MonkeyPatch):
    on_sale()
    first = client.get(picture().path).content

    def drawn_again(**_: object) -> bytes:
        raise AssertionError("drawn again")

    monkeypatch.setattr(pictures, "picture_png", drawn_again)
    assert client.get(picture().path).content == first


def test_while_one_draws_it_others_get_the_site_s_picture(client: Client, monkeypatch: pytest.MonkeyPatch):
    on_sale()
    answers: list[Any] = []

    def draw(**_: object) -> bytes:
        answers.append(client.get(picture().path))
        return b"\x89PNG"

    monkeypatch.setattr(pictures, "picture_png", draw)
    assert client.get(picture().path).content == b"\x89PNG"
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, SITE_PICTURE.path)]


def test_only_so_many_are_drawn_in_a_minute(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "DRAWN_PER_MINUTE", 1)
    monkeypatch.setattr(pictures, "_this_minute", lambda: 30_000_000)
    on_sale()
    on_sale(slug="other")
    answers = [client.get(picture(slug).path) for slug in ("it", "other")]
    assert [answer.status_code for answer in answers] == [200, 302]
    assert size(client.get(answers[1]["Location"]).content) == (1200, 630)


def test_what_the_picture_shows_gives_it_another_address_and_the_old_one_leads_there(client: Client):
    listing = on_sale(price_amount=499)
    before = picture().path
    Listing.objects.filter(pk=listing.pk).update(sales_count=3, rating_count=1, rating_sum=5)
    assert picture().path == before
    Listing.objects.filter(pk=listing.pk).update(price_amount=599)
    assert picture().path != before
    assert client.get(before)["Location"] == picture().path


def test_the_picture_is_the_same_in_every_language(client: Client):
    on_sale(price_amount=0)
    addresses = {
        page(client, **{"Accept-Language": language}).split('og:image" content="')[1].split('"')[0]
        for language in ("en", "fr")
    }
    assert len(addresses) == 1


def test_what_is_not_on_sale_has_none(client: Client):
    listing = on_sale()
    path = picture().path
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
    assert client.get(path).status_code == 404


def test_old_pictures_go_away_folder_by_folder(client: Client, monkeypatch: pytest.MonkeyPatch):
    on_sale()
    facts = picture()
    client.get(facts.path)
    folder = int(facts.digest[:2], 16)
    assert pictures_sweep(folder=folder) == 0
    monkeypatch.setattr(pictures, "KEPT", -pictures.KEPT)
    assert pictures_sweep(folder=(folder + 1) % 256) == 0
    assert pictures_sweep(folder=folder) == 1
    assert not default_storage.exists(facts.name)


def test_titles_of_every_length_fit():
    for words in (1, 6, 12, 30):
        _, lines = fitted(" ".join(["conversation"] * words))
        assert len(lines) <= 3
    assert fitted("Short")[0] > fitted("conversation " * 12)[0]


def test_letters_the_fonts_lack_are_left_out_whole():
    assert drawable("Étude \U0001f600 n° 5 - Жук") == "Étude n° 5 - Жук"
    assert drawable("日本語の手紙") == ""
    assert size(picture_png(slug="a", model="b", title="日本語", by="\x00<&>", price="")) == (1200, 630)


def test_the_home_page_says_how_to_search(client: Client):
    assert (
        "search_term_string"
        in facts(page(client, "/"))["WebSite"]["potentialAction"]["target"]["urlTemplate"]
    )
