"""The account page and the API tokens."""

import re

import pytest
from django.urls import reverse

from accounts.models import ApiToken
from accounts.queries import token_authenticate
from accounts.services import token_create
from tests.factories import SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db
PROFILE = {"save_profile": "1", "display_name": "Alice", "handle": "alice", "language": "en"}


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice", handle="alice")


@pytest.fixture
def client(client, alice):
    client.force_login(alice)
    return client


# --- Profile -------------------------------------------------------------------------------------


def test_name_and_handle_can_be_changed(client, alice):
    client.post("/account/", PROFILE | {"display_name": "Alice L.", "handle": "Alice-L"})
    alice.refresh_from_db()
    assert (alice.display_name, alice.handle) == ("Alice L.", "alice-l")


def test_choosing_a_language_turns_the_next_page_into_it(client, alice):
    answer = client.post("/account/", PROFILE | {"language": "fr"})
    alice.refresh_from_db()
    assert (alice.language, answer.cookies["django_language"].value) == ("fr", "fr")
    assert '<html lang="fr">' in client.get("/account/").content.decode()


def test_the_switch_in_the_footer_is_remembered_for_mails_and_the_next_visit(client, alice):
    answer = client.post("/i18n/setlang/", {"language": "fr", "next": "/account/"})
    alice.refresh_from_db()
    assert (alice.language, answer.cookies["django_language"].value) == ("fr", "fr")


@pytest.mark.parametrize("language", ["xx", ""])
def test_a_language_we_do_not_speak_changes_nothing(client, alice, language):
    client.post("/i18n/setlang/", {"language": language, "next": "/account/"})
    alice.refresh_from_db()
    assert alice.language == "en"


def test_a_taken_handle_is_refused_at_its_field_and_the_rest_is_kept(client, alice):
    UserFactory(handle="bob")
    page = client.post("/account/", PROFILE | {"handle": "bob", "display_name": "Alicia"}).content.decode()
    alice.refresh_from_db()
    assert "This handle is taken." in page
    assert 'value="Alicia"' in page
    assert (alice.handle, alice.display_name) == ("alice", "Alice")


def test_an_unconfirmed_address_says_so_and_links_to_where_it_is_confirmed(client, alice):
    assert ">Confirmed<" in client.get("/account/").content.decode()
    alice.emailaddress_set.update(verified=False)
    page = client.get("/account/").content.decode()
    assert ">Not confirmed<" in page
    assert reverse("account_email") in page
    assert reverse("account_change_password") in page


def test_a_seller_changes_the_storefront_here_and_only_its_own_fields(client, alice):
    shop = SellerProfileFactory(user=alice, handle="shop")
    data = {
        "save_storefront": "1",
        "storefront-name": "New",
        "storefront-bio": "Text",
        "storefront-handle": "x-x",
    }
    client.post("/account/", data)
    shop.refresh_from_db()
    alice.refresh_from_db()
    assert (shop.name, shop.bio, shop.handle, alice.display_name) == ("New", "Text", "shop", "Alice")


def test_nobody_becomes_staff_by_posting_it(client, alice):
    client.post("/account/", PROFILE | {"is_staff": "on", "email": "x@example.test"})
    alice.refresh_from_db()
    assert not alice.is_staff
    assert alice.email != "x@example.test"


# --- Tokens --------------------------------------------------------------------------------------


def made_secret(client, **changes):
    data = {"name": "Script", "scopes": ["library:read"], "expiry": "90"} | changes
    answer = client.post("/account/tokens/", data)
    found = re.search(r"pf_[\w-]{43}", answer.content.decode())
    return answer, found and found[0]


def test_a_tokens_secret_is_shown_once_on_a_page_that_is_not_stored(client, alice):
    answer, secret = made_secret(client)
    assert ApiToken.objects.get(user=alice) == token_authenticate(secret)
    assert "no-store" in answer.headers["Cache-Control"]
    page = client.get("/account/tokens/").content.decode()
    assert secret not in page
    assert secret[:12] in page


@pytest.mark.parametrize(("expiry", "ends"), [("30", True), ("365", True), ("never", False)])
def test_the_expiry_is_chosen(client, expiry, ends):
    made_secret(client, expiry=expiry)
    assert (ApiToken.objects.get().expires_at is not None) == ends


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["moderation:write"]},
        {"scopes": ["sales:read"]},
        {"expiry": "1"},
    ],
)
def test_a_faulty_token_is_not_made(client, changes):
    answer, secret = made_secret(client, **changes)
    assert (answer.status_code, secret, ApiToken.objects.count()) == (200, None, 0)


def test_a_token_is_revoked_after_it_was_asked(client, alice):
    token, secret = token_create(user=alice, name="Script", scopes=["library:read"])
    url = reverse("account_token_revoke", args=[token.pk])
    assert "Revoke “Script”?" in client.get(url).content.decode()
    assert token_authenticate(secret)
    client.post(url)
    assert token_authenticate(secret) is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_token_does_not_exist_here(client, method):
    token, secret = token_create(user=UserFactory(), name="Theirs", scopes=["library:read"])
    answer = getattr(client, method)(reverse("account_token_revoke", args=[token.pk]))
    assert (answer.status_code, bool(token_authenticate(secret))) == (404, True)


def test_more_tokens_need_no_more_queries(client, alice, django_assert_max_num_queries):
    token_create(user=alice, name="One", scopes=["library:read"])
    with django_assert_max_num_queries(6) as one:
        client.get("/account/tokens/")
    for _ in range(5):
        token_create(user=alice, name="More", scopes=["library:read"])
    with django_assert_max_num_queries(len(one)):
        client.get("/account/tokens/")
