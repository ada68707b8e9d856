"""Nothing typed into the editor is lost: kept while typing, across tabs and log-ins, and never judged."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from listings.models import Listing
from marketplace.models import EditorDraft
from tests.factories import PASSWORD, CategoryFactory, SellerProfileFactory, TargetModelFactory
from tests.listings.drafting import draft
from tests.marketplace.selling.editor import filled

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice():
    CategoryFactory(slug="other")
    return SellerProfileFactory()


@pytest.fixture
def client(alice):
    client = Client()
    client.force_login(alice.user)
    return client


@pytest.fixture
def listing(alice):
    return draft(alice)


def edit_url(listing):
    return reverse("studio_listing_edit", args=[listing.slug])


def hidden(page, name):
    found = re.search(rf'<input type="hidden" name="{name}"[^>]* value="([^"]*)"', page)
    return found[1] if found else None


def opened(client, url):
    """What a form that was just loaded sends beside its fields."""
    page = client.get(url).content.decode()
    return {name: hidden(page, name) for name in ("base", "tab", "person", "key") if hidden(page, name)}


def autosave(client, url, tab, **changes):
    return client.post(url, filled(**changes) | tab | {"autosave": "1"}, headers=HTMX)


def test_what_cannot_be_saved_is_kept_and_shown_as_it_was_typed(client, listing):
    url = edit_url(listing)
    answer = autosave(client, url, opened(client, url), price="4.9x", title="T" * 200)
    assert "Autosaved at" in answer.content.decode()
    page = client.get(url).content.decode()
    assert 'value="4.9x"' in page
    assert "T" * 200 in page
    assert "This is what you typed" in page
    listing.refresh_from_db()
    assert (listing.title, listing.price_amount) == ("A short essay", 499)


def test_saving_ends_what_was_kept(client, listing):
    url = edit_url(listing)
    tab = opened(client, url)
    autosave(client, url, tab, title="Half")
    client.post(url, filled(title="Whole") | tab)
    assert (EditorDraft.objects.get().data, EditorDraft.objects.get().tab) == (None, tab["tab"])
    listing.refresh_from_db()
    page = client.get(edit_url(listing)).content.decode()
    assert f'data-saved-tab="{tab["tab"]}"' in page
    assert "This is what you typed" not in page


def test_what_a_tab_sent_before_it_saved_does_not_come_back_when_it_arrives_late(client, listing):
    url = edit_url(listing)
    tab = opened(client, url)
    client.post(url, filled(price="6") | tab)
    listing.refresh_from_db()
    autosave(client, edit_url(listing), tab, price="5")
    assert EditorDraft.objects.get().data is None


def test_a_save_that_is_refused_is_kept(client, listing):
    url = edit_url(listing)
    client.post(url, filled(price="dear") | opened(client, url))
    assert 'value="dear"' in client.get(url).content.decode()


def test_of_two_tabs_the_slower_is_told_and_may_insist(client, listing):
    url = edit_url(listing)
    first, second = opened(client, url), opened(client, url)
    autosave(client, url, first, title="First")
    answer = autosave(client, url, second, title="Second")
    assert "changed in another tab" in answer.content.decode()
    assert "keptnot" in answer["HX-Trigger"]
    assert EditorDraft.objects.get().data["title"] == "First"
    answer = autosave(client, url, second | {"force": "1"}, title="Second")
    assert EditorDraft.objects.get().data["title"] == "Second"
    assert "changed in another tab" in autosave(client, url, first, title="First again").content.decode()


def test_a_lost_answer_is_no_other_tab(client, listing):
    url = edit_url(listing)
    tab = opened(client, url)
    autosave(client, url, tab, title="One")
    assert "Autosaved" in autosave(client, url, tab, title="Two").content.decode()


def test_saving_over_another_tab_needs_a_second_press(client, listing):
    url = edit_url(listing)
    first, second = opened(client, url), opened(client, url)
    client.post(url, filled(price="6") | first)
    listing.refresh_from_db()
    page = client.post(edit_url(listing), filled(price="7") | second).content.decode()
    assert "Nothing is saved yet." in page
    assert 'value="7"' in page
    again = {name: hidden(page, name) for name in ("base", "tab", "person")}
    assert client.post(edit_url(listing), filled(price="7") | again).status_code == 302
    listing.refresh_from_db()
    assert listing.price_amount == 700


def test_what_is_discarded_can_be_brought_back(client, listing):
    url = edit_url(listing)
    autosave(client, url, opened(client, url), title="Half")
    typed = reverse("studio_listing_typed", args=[listing.slug])
    client.post(typed, {"discard": "1"})
    assert 'value="A short essay"' in client.get(url).content.decode()
    client.post(typed, {"bring_back": "1"})
    assert 'value="Half"' in client.get(url).content.decode()


def test_the_first_save_of_a_new_form_makes_one_draft(client, alice):
    TargetModelFactory()
    tab = opened(client, "/sell/listings/new/")
    first = autosave(client, "/sell/listings/new/", tab, title="", price="?")
    autosave(client, "/sell/listings/new/", tab, title="Now titled")
    listing = Listing.objects.get()
    assert listing.title == "Untitled prompt"
    assert first["HX-Replace-Url"] == edit_url(listing)
    assert 'value="Now titled"' in client.get(edit_url(listing)).content.decode()
    assert "Now titled" in client.get("/sell/listings/").content.decode()
    TargetModelFactory(), CategoryFactory()
    client.post("/sell/listings/new/", filled(title="Saved at last") | tab)
    assert Listing.objects.get().title == "Saved at last"


def test_a_listing_with_unsaved_changes_is_not_submitted_behind_them(client, listing):
    url = edit_url(listing)
    autosave(client, url, opened(client, url), title="Half")
    client.post(reverse("studio_listing_submit", args=[listing.slug]))
    listing.refresh_from_db()
    assert listing.status == "draft"


def test_signed_out_htmx_is_told_so_and_not_led_to_a_page(client, listing):
    url = edit_url(listing)
    tab = opened(client, url)
    client.logout()
    assert autosave(client, url, tab).status_code == 401


def sign_in(client, user, follow):
    return client.post(f"/accounts/login/?next={follow}", {"login": user.email, "password": PASSWORD})


@pytest.mark.parametrize("is_new", [False, True])
def test_a_form_sent_after_the_log_in_ran_out_is_back_after_signing_in(client, alice, listing, is_new):
    TargetModelFactory()
    url = "/sell/listings/new/" if is_new else edit_url(listing)
    tab = opened(client, url)
    client.cookies.pop("sessionid")
    answer = client.post(url, filled(title="Typed meanwhile", price="x") | tab)
    assert "/accounts/login/" in answer.url
    answer = sign_in(client, alice.user, url)
    page = client.get(answer.url, follow=True).content.decode()
    assert 'value="Typed meanwhile"' in page
    assert "Here is what you typed before you signed in." in page


def test_nobody_else_is_shown_what_was_typed_before_signing_in(client, alice):
    TargetModelFactory()
    tab = opened(client, "/sell/listings/new/")
    client.cookies.pop("sessionid")
    client.post("/sell/listings/new/", filled(title="A secret plan") | tab)
    bob = SellerProfileFactory()
    sign_in(client, bob.user, "/sell/listings/new/")
    assert "A secret plan" not in client.get("/sell/listings/new/").content.decode()
    assert not Listing.objects.exists()


def test_strangers_can_keep_nothing_in_a_session(client, listing):
    anonymous = Client()
    anonymous.post(edit_url(listing), filled() | {"person": "1", "key": str(uuid.uuid4())})
    assert "typed_before_sign_in" not in anonymous.session


def test_signing_out_empties_the_browsers_store(client):
    answer = client.post("/accounts/logout/")
    assert answer["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in client.post("/accounts/logout/")


def test_the_room_a_prompt_takes_is_counted_with_the_first_examples_values(client, listing):
    TargetModelFactory(slug="stable-diffusion", name="Stable Diffusion")
    page = client.get(edit_url(listing)).content.decode()
    assert "Write an essay about owls." in page
    assert "5 words" in page
    assert "of 128,000 tokens of ChatGPT" in page
    answer = client.post(
        edit_url(listing),
        filled(prompt="word " * 400, model="stable-diffusion", refresh_variables="1"),
        headers=HTMX,
    )
    assert "Too long for Stable Diffusion" in answer.content.decode()
