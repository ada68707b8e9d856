"""Signing up, confirming the address, signing in, and a forgotten password, as a browser does it."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.queries import user_has_verified_email
from tests.factories import PASSWORD, SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db
SIGN_UP = {"email": "Zoe@Example.test", "password1": "brand-new-secret", "display_name": "Zoë Saint-Clair"}


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=False)


def mailed_path(pattern):
    """The path of the one link of this kind in the last mail."""
    found = re.search(rf"https?://[^/\s]+({pattern}\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_a_name_an_address_and_a_password_make_an_account(client):
    answer = client.post(reverse("account_signup"), SIGN_UP)
    user = User.objects.get(email="zoe@example.test")
    assert (answer.status_code, user.display_name, user.handle) == (302, "Zoë Saint-Clair", "zoe-saint-clair")
    assert client.get(reverse("account_settings")).status_code == 200


def test_a_second_person_of_that_name_gets_another_handle(client):
    UserFactory(handle="zoe-saint-clair")
    client.post(reverse("account_signup"), SIGN_UP)
    handle = User.objects.get(email="zoe@example.test").handle
    assert re.fullmatch(r"zoe-saint-clair-\d{6}", handle)


def test_sign_up_goes_on_to_where_it_was_needed(client):
    answer = client.post(reverse("account_signup"), SIGN_UP | {"next": "/cart/"})
    assert answer.headers["Location"] == "/cart/"


@pytest.mark.parametrize("change", [{"display_name": ""}, {"password1": "short"}, {"email": "no"}])
def test_a_faulty_sign_up_makes_nothing_and_keeps_what_was_typed(client, change):
    answer = client.post(reverse("account_signup"), SIGN_UP | change)
    assert answer.status_code == 200
    assert not User.objects.exists()
    if "display_name" not in change:
        assert "Zoë Saint-Clair" in answer.content.decode()


def test_the_mail_has_the_same_link_for_those_who_read_html(client):
    client.post(reverse("account_signup"), SIGN_UP)
    html = mail.outbox[-1].alternatives[0].content
    assert mailed_path("/accounts/confirm-email/") in html


def test_signing_in_says_where_a_forgotten_password_and_a_new_account_are(client):
    page = client.get(reverse("account_login"), {"next": "/cart/"}).content.decode()
    assert page.index('name="password"') < page.index(reverse("account_reset_password"))
    assert f'href="{reverse("account_signup")}?next=%2Fcart%2F"' in page
    assert 'placeholder="Password' not in page


def test_the_mailed_link_confirms_the_address_once_its_button_is_pressed(client):
    client.post(reverse("account_signup"), SIGN_UP)
    user = User.objects.get(email="zoe@example.test")
    path = mailed_path("/accounts/confirm-email/")
    assert client.get(path).status_code == 200
    assert not user_has_verified_email(user)
    client.post(path)
    assert user_has_verified_email(user)


@pytest.mark.parametrize(("is_seller", "onward"), [(True, "/sell/"), (False, "/library/")])
def test_who_confirmed_an_address_goes_on_where_the_work_is(client, is_seller, onward):
    client.post(reverse("account_signup"), SIGN_UP)
    if is_seller:
        SellerProfileFactory(user=User.objects.get(email="zoe@example.test"))
    assert client.post(mailed_path("/accounts/confirm-email/")).headers["Location"] == onward


def test_signing_in_by_address_in_any_case_sets_the_users_language(client):
    UserFactory(email="alice@example.test", language="fr")
    answer = client.post(reverse("account_login"), {"login": "ALICE@example.test", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.cookies["django_language"].value == "fr"


def test_a_wrong_password_lets_nobody_in(client):
    UserFactory(email="alice@example.test")
    answer = client.post(reverse("account_login"), {"login": "alice@example.test", "password": "wrong"})
    assert answer.status_code == 200
    assert client.get(reverse("account_settings")).status_code == 302


def test_a_forgotten_password_is_replaced_through_the_mailed_link(client):
    user = UserFactory(email="alice@example.test")
    client.post(reverse("account_reset_password"), {"email": user.email})
    form = client.get(mailed_path("/accounts/password/reset/key/"), follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": "another-good-secret", "password2": "another-good-secret"})
    user.refresh_from_db()
    assert user.check_password("another-good-secret")


def test_asking_for_a_reset_does_not_tell_who_has_an_account(client):
    UserFactory(email="alice@example.test")
    known = client.post(reverse("account_reset_password"), {"email": "alice@example.test"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.test"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )


def test_staff_sign_in_where_failed_tries_are_counted(client):
    UserFactory(email="mod@example.test", staff=True)
    answer = client.get("/admin/login/?next=/admin/")
    assert answer["Location"] == f"{reverse('account_login')}?next=%2Fadmin%2F"
    right = {"login": "mod@example.test", "password": PASSWORD, "next": "/admin/"}
    tries = [
        client.post("/admin/login/", {"username": "mod@example.test", "password": "x"}) for _ in range(3)
    ]
    assert {answer.status_code for answer in tries} == {302}
    assert client.post(reverse("account_login"), right)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
