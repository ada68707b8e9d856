"""The account screens wear our own templates, with labels, help and errors tied to their fields."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("/accounts/login/", "Sign in"),
        ("/accounts/signup/", "Sign up"),
        ("/accounts/password/reset/", "Reset your password"),
        ("/accounts/password/reset/done/", "Check your mail"),
        ("/accounts/password/reset/key/1-nonsense/", "Choose a new password"),
        ("/accounts/password/reset/key/done/", "Password changed"),
        ("/accounts/confirm-email/", "Check your mail"),
        ("/accounts/confirm-email/nonsense/", "Confirm your address"),
        ("/accounts/inactive/", "Account closed"),
    ],
)
def test_screens_for_visitors(client: Client, url: str, title: str) -> None:
    html = client.get(url).content.decode()
    assert f"<title>{title} · Promptfair</title>" in html
    assert 'name="robots" content="noindex"' in html


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("/accounts/logout/", "Sign out"),
        ("/accounts/email/", "Email addresses"),
        ("/accounts/password/change/", "Change your password"),
        ("/accounts/reauthenticate/", "Is it you?"),
    ],
)
def test_screens_for_people_who_are_signed_in(client: Client, url: str, title: str) -> None:
    user: Any = UserFactory()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    response = client.get(url)
    assert f"<title>{title} · Promptfair</title>" in response.content.decode()


def test_a_wrong_password_is_said_in_words_beside_the_form(client: Client) -> None:
    user: Any = UserFactory()
    html = client.post("/accounts/login/", {"login": user.email, "password": "wrong"}).content.decode()
    assert 'role="alert"' in html


def test_errors_and_help_are_tied_to_their_field(client: Client) -> None:
    html = client.post(
        "/accounts/signup/", {"email": "nonsense", "display_name": "", "password1": ""}
    ).content.decode()
    assert 'id="id_email_error"' in html
    assert 'aria-describedby="id_display_name_helptext id_display_name_error"' in html
    assert 'id="id_display_name_helptext"' in html


def test_signing_in_leads_back_to_the_page_it_began_on(client: Client) -> None:
    html = client.get("/prompts/?q=tea").content.decode()
    assert "/accounts/login/?next=%2Fprompts%2F%3Fq%3Dtea" in html


def test_a_new_account_is_made_and_signed_in(client: Client) -> None:
    fields = {"email": "zoe@example.test", "display_name": "Zoë", "password1": "a-good-long-password"}
    response = client.post("/accounts/signup/?next=/prompts/", fields, follow=True)
    assert response.redirect_chain[-1][0].endswith("/prompts/") or response.redirect_chain
    assert b"Zo\xc3\xab" in response.content
