"""The library and its desk: what the buyer sees, and nobody else."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SellerProfile, User
from common import clock
from listings.models import Listing, ListingStatus, PromptVersion
from listings.services.review import listing_unlist
from payments.models import Entitlement
from payments.services import order_create
from tests.factories import ListingFactory, PromptVersionFactory

from .conftest import TEXT, signed_in

SECRET = "Zebrafinch"
ITEM_PAGES = ("", "render/", "changes/", "download.md", "download.txt")


def item_url(owned: Entitlement, page: str = "") -> str:
    return f"/library/{owned.pk}/{page}"


def render_live(client: Client, owned: Entitlement, **values: Any) -> str:
    data = {f"v-{name}": value for name, value in values.items()}
    response = client.post(item_url(owned, "render/"), data, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


# --- Who may read ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ITEM_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_but_the_buyer_finds_the_item(
    page: str, method: str, owned: Entitlement, charlie: User, bob: SellerProfile
) -> None:
    for person in (charlie, bob.user):
        response = getattr(signed_in(person), method)(item_url(owned, page), follow=True)
        assert response.status_code in (404, 405)
        assert SECRET not in response.content.decode()
        if method == "get" or page in ("render/", "download.txt"):
            assert response.status_code == 404


@pytest.mark.parametrize("page", ITEM_PAGES)
def test_who_is_signed_out_is_asked_to_sign_in_and_comes_back(
    page: str, owned: Entitlement, client: Client
) -> None:
    response = client.get(item_url(owned, page))
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={item_url(owned, page)}"


@pytest.mark.parametrize("page", ITEM_PAGES)
def test_a_refunded_buyer_finds_it_no_more(page: str, owned: Entitlement, as_alice: Client) -> None:
    Entitlement.objects.filter(pk=owned.pk).update(revoked_at=clock.now())
    assert as_alice.get(item_url(owned, page), follow=True).status_code == 404
    assert owned.listing.title not in as_alice.get("/library/").content.decode()


def test_the_buyer_keeps_access_when_the_seller_takes_it_off_the_market(
    owned: Entitlement, as_alice: Client, bob: SellerProfile
) -> None:
    listing_unlist(listing=owned.listing, by=bob.user)
    assert SECRET in as_alice.get(item_url(owned)).content.decode()


@pytest.mark.parametrize("page", ["", "download.md", "download.txt"])
def test_what_was_paid_for_is_stored_by_no_cache(page: str, owned: Entitlement, as_alice: Client) -> None:
    assert "no-store" in as_alice.get(item_url(owned, page))["Cache-Control"]


def test_finished_texts_are_stored_by_no_cache(owned: Entitlement, as_alice: Client) -> None:
    assert "no-store" in as_alice.post(item_url(owned, "render/"), {"v-name": "Ada"})["Cache-Control"]


def test_showing_the_text_is_noted_and_listing_it_is_not(owned: Entitlement, as_alice: Client) -> None:
    as_alice.get("/library/")
    as_alice.head(item_url(owned))
    owned.refresh_from_db()
    assert owned.first_read_at is None
    as_alice.get(item_url(owned))
    owned.refresh_from_db()
    assert owned.first_read_at is not None


# --- The desk ----------------------------------------------------------------------------------


def test_the_item_shows_everything_that_was_bought(owned: Entitlement, as_alice: Client) -> None:
    page = as_alice.get(item_url(owned)).content.decode()
    for part in (
        "Write a warm letter to [Who gets it].",
        "<strong>whole</strong>",
        "First name is enough.",
        "Dear Ada",
        "Dear Sir",
        "Personal licence",
        owned.item.order.number,
        "<mark>{{name}}</mark>",
        "Still to fill in:",
    ):
        assert part in page


def test_the_version_shown_is_the_one_that_was_bought(owned: Entitlement, as_alice: Client) -> None:
    newer = PromptVersionFactory.create(
        listing=owned.listing, text="Newer text", sealed_at=clock.now(), published_at=clock.now()
    )
    Listing.objects.filter(pk=owned.listing_id).update(published_version=newer)
    page = as_alice.get(item_url(owned)).content.decode()
    assert SECRET in page
    assert "Newer text" not in page


def test_typing_answers_with_the_finished_text_alone(owned: Entitlement, as_alice: Client) -> None:
    part = render_live(as_alice, owned, name="Grace", tone="formal")
    assert "Write a formal letter to Grace." in part
    assert "Still to fill in:" not in part
    assert "<html" not in part


def test_while_typing_an_empty_field_is_named_but_no_mistake(owned: Entitlement, as_alice: Client) -> None:
    part = render_live(as_alice, owned, name="", tone="warm")
    assert "letter to [Who gets it]" in part
    assert "Still to fill in:" in part
    assert "Fill this in." not in part


def test_while_typing_a_value_that_does_not_fit_is_said_at_its_field(
    owned: Entitlement, as_alice: Client
) -> None:
    part = render_live(as_alice, owned, name="Ada", tone="shouting")
    assert '<div id="id_v-tone_errors" hx-swap-oob="innerHTML"><ul' in part
    assert '<div id="id_v-name_errors" hx-swap-oob="innerHTML"></div>' in part


def test_without_scripts_submitting_shows_the_whole_page_with_the_finished_text(
    owned: Entitlement, as_alice: Client
) -> None:
    response = as_alice.post(item_url(owned, "render/"), {"v-name": "Grace", "v-tone": "formal"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" in page
    assert "Write a formal letter to Grace." in page
    assert 'value="Grace"' in page


def test_submitting_without_a_required_value_says_so_at_the_field(
    owned: Entitlement, as_alice: Client
) -> None:
    response = as_alice.post(item_url(owned, "render/"), {"v-name": "  ", "v-tone": "warm"})
    assert response.status_code == 422
    page = response.content.decode()
    assert '<ul class="field-errors" id="id_v-name_error"><li>Fill this in.</li></ul>' in page
    assert 'id_v-tone_error"' not in page


def test_reloading_the_render_page_leads_to_the_item(owned: Entitlement, as_alice: Client) -> None:
    assert as_alice.get(item_url(owned, "render/"))["Location"] == item_url(owned)


def test_what_was_typed_is_escaped(owned: Entitlement, as_alice: Client) -> None:
    assert "<script>alert" not in render_live(as_alice, owned, name="<script>alert(1)</script>")


def test_every_type_of_variable_has_its_input(alice: User, as_alice: Client, bob: SellerProfile) -> None:
    text = "{{a}} {{b}} {{c}} {{d}} {{e}} {{f}}"
    variables: list[dict[str, Any]] = [
        {"name": "a", "type": "text", "default": "first"},
        {"name": "b", "type": "long_text"},
        {"name": "c", "type": "number"},
        {"name": "d", "type": "choice", "choices": ["x", "y"]},
        {"name": "e", "type": "multi_choice", "choices": ["p", "q", "r"], "default": "p, r"},
        {"name": "f", "type": "toggle", "default": "true"},
    ]
    owned = bought_free(alice, bob, text, variables)
    page = as_alice.get(item_url(owned)).content.decode()
    assert '<input type="text" name="v-a" value="first"' in page
    assert '<textarea name="v-b"' in page
    assert 'inputmode="decimal"' in page
    assert '<select name="v-d"' in page
    assert page.count('name="v-e"') == 3
    assert page.count("checked") == 3
    part = render_live(as_alice, owned, a="1", b="2\r\n3", c="4", d="y", e=["q", "r"])
    assert "1 2\n3 4 y q, r false" in part
    assert "Write a number" in render_live(as_alice, owned, c="many")


def test_the_parts_of_a_prompt_are_copied_one_by_one(
    alice: User, as_alice: Client, bob: SellerProfile
) -> None:
    text = "=== system ===\nBe {{tone}}.\n=== step: Outline ===\n{{#brief}}Briefly. {{/brief}}Plan it."
    owned = bought_free(alice, bob, text, [])
    part = render_live(as_alice, owned, tone="kind", brief="on")
    assert 'id="finished-part-1" tabindex="0">Be kind.</pre>' in part
    assert 'id="finished-part-2" tabindex="0">Briefly. Plan it.</pre>' in part
    assert 'data-copy="finished-part-2"' in part
    assert "=== step: Outline ===" in part, "the whole is there too"
    assert "Briefly" not in render_live(as_alice, owned, tone="kind")


def test_a_variable_may_be_called_like_the_form_s_own_fields(
    alice: User, as_alice: Client, bob: SellerProfile
) -> None:
    owned = bought_free(alice, bob, "{{csrfmiddlewaretoken}} {{data}}", [])
    part = render_live(as_alice, owned, csrfmiddlewaretoken="left", data="right")
    assert "left right" in part


def test_a_prompt_without_variables_needs_no_form(alice: User, as_alice: Client, bob: SellerProfile) -> None:
    page = as_alice.get(item_url(bought_free(alice, bob, "Just do it.", []))).content.decode()
    assert "Just do it." in page
    assert "Finish the text" not in page


# --- Versions ----------------------------------------------------------------------------------


@pytest.fixture
def second(owned: Entitlement) -> PromptVersion:
    """A later version, published after Alice bought the first."""
    now = clock.now()
    text = TEXT.replace("letter", "postcard")
    return PromptVersionFactory.create(
        listing=owned.listing, number=2, sealed_at=now, published_at=now, text=text, changelog="Shorter."
    )


def test_a_later_version_is_the_buyer_s_as_well(
    owned: Entitlement, as_alice: Client, second: PromptVersion
) -> None:
    page = as_alice.get(item_url(owned)).content.decode()
    assert "Version 2 is out, and it is yours." in page
    assert "postcard" not in page, "what was bought is shown until another is asked for"
    later = as_alice.get(item_url(owned) + "?version=2").content.decode()
    assert "postcard" in later
    file = as_alice.get(item_url(owned, "download.txt") + "?version=2")
    assert file.content.decode() == second.text
    assert "letters-v2.txt" in file["Content-Disposition"]


def test_filling_in_a_later_version_stays_with_it(
    owned: Entitlement, as_alice: Client, second: PromptVersion
) -> None:
    page = as_alice.get(item_url(owned) + "?version=2").content.decode()
    assert f'hx-post="{item_url(owned, "render/")}?version=2"' in page
    data = {"v-tone": "warm", "v-name": "Ada"}
    answer = as_alice.post(item_url(owned, "render/") + "?version=2", data, headers={"HX-Request": "true"})
    assert "postcard to Ada" in answer.content.decode()


def test_what_changed_is_shown_word_by_word(
    owned: Entitlement, as_alice: Client, second: PromptVersion
) -> None:
    page = as_alice.get(item_url(owned, "changes/") + "?version=2").content.decode()
    assert "<del>Write a {{tone}} <strong>letter</strong> to {{name}}.</del>" in page
    assert "<ins>Write a {{tone}} <strong>postcard</strong> to {{name}}.</ins>" in page


@pytest.mark.parametrize("number", ["3", "99999999", "0"])
def test_a_version_that_was_not_published_is_not_there(
    owned: Entitlement, as_alice: Client, second: PromptVersion, number: str
) -> None:
    PromptVersionFactory.create(listing=owned.listing, number=3, text="Secret plans.")
    for page in ("", "changes/", "download.txt", "download.md"):
        assert as_alice.get(item_url(owned, page) + f"?version={number}").status_code == 404


# --- Downloads ---------------------------------------------------------------------------------


def test_the_markdown_file_holds_all_of_it(owned: Entitlement, as_alice: Client) -> None:
    response = as_alice.get(item_url(owned, "download.md"))
    content = response.content.decode()
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="letters-v1.md"'
    assert f"```\n{TEXT}\n```" in content
    assert "- `{{tone}}`: Tone (One of a list) [warm | formal] = warm" in content
    assert "Paste it **whole**." in content


def test_the_text_file_is_the_text_as_it_was_bought(owned: Entitlement, as_alice: Client) -> None:
    assert as_alice.get(item_url(owned, "download.txt")).content.decode() == TEXT


def test_the_finished_text_can_be_saved(owned: Entitlement, as_alice: Client) -> None:
    saved = as_alice.post(item_url(owned, "download.txt"), {"v-name": "Ada", "v-tone": "warm"})
    assert saved.content.decode() == TEXT.replace("{{name}}", "Ada").replace("{{tone}}", "warm")
    unfinished = as_alice.post(item_url(owned, "download.txt"), {"v-name": "", "v-tone": "warm"})
    assert unfinished.status_code == 422
    assert "Content-Disposition" not in unfinished


# --- The list ----------------------------------------------------------------------------------


def test_the_library_lists_what_is_owned_and_finds_it_by_title(
    owned: Entitlement, as_alice: Client, as_charlie: Client
) -> None:
    page = as_alice.get("/library/").content.decode()
    for part in (owned.listing.title, "Bob&#x27;s Prompts", owned.item.order.number):
        assert part in page
    assert owned.listing.title in as_alice.get("/library/?q=LAND").content.decode()
    assert "Not found" in as_alice.get("/library/?q=%00nothing").content.decode()
    assert "Your library is empty" in as_charlie.get("/library/").content.decode()


def test_a_longer_library_costs_no_more_queries(alice: User, as_alice: Client, bob: SellerProfile) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_alice.get("/library/").status_code == 200
        return len(captured)

    bought_free(alice, bob, "One.", [])
    before = queries()
    for _ in range(4):
        bought_free(alice, bob, "More.", [])
    assert queries() == before


def bought_free(
    buyer: User, seller: SellerProfile, text: str, variables: list[dict[str, Any]]
) -> Entitlement:
    listing = ListingFactory.create(
        seller=seller,
        price_amount=0,
        status=ListingStatus.PUBLISHED,
        text=text,
        variables=variables,
        examples=[],
    )
    order_create(buyer=buyer, listing_slugs=[listing.slug])
    return Entitlement.objects.get(buyer=buyer, listing=listing)
