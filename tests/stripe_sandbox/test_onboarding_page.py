"""The page where a seller opens an account, over plain HTTP, as a browser without scripts would use it."""

from typing import Any

import pytest
import stripe

from .process import SandboxProcess
from .receiver import Receiver
from .shop import Shop
from .test_connect import open_account
from .test_hosted_page import Page, visit

RETURN, REFRESH = "http://127.0.0.1:8000/sell/payouts/", "http://127.0.0.1:8000/sell/payouts/connect/"
GOOD = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "birth": "1990-12-10",
    "street": "1 Market Street",
    "city": "San Francisco",
    "postal": "94105",
    "ssn": "0000",
    "website": "https://example.com/",
    "description": "AI prompts",
    "routing": "110000000",
    "account": "000111222333",
    "terms": "1",
}
PROFILE: Any = {"business_profile": {"url": "https://prompts.test/@ada/", "product_description": "Prompts"}}


def link_for(shop: Shop, account: str) -> str:
    """Make a link to the page."""
    params: Any = {
        "account": account,
        "type": "account_onboarding",
        "return_url": RETURN,
        "refresh_url": REFRESH,
        "collection_options": {"fields": "eventually_due"},
    }
    return shop.client.v1.account_links.create(params).url


@pytest.fixture
def account(shop: Shop) -> stripe.Account:
    """An account that waits for its owner."""
    return open_account(shop, **PROFILE)


@pytest.fixture
def url(shop: Shop, account: stripe.Account) -> str:
    """The page's address, opened."""
    address = link_for(shop, account.id)
    assert visit(address).status == 200
    return address


def test_the_page_shows_what_is_known_and_that_it_is_a_double(shop: Shop, account: stripe.Account) -> None:
    page = visit(link_for(shop, account.id))

    assert "Get paid by Promptfair" in page.text
    assert "not Stripe" in page.text
    assert page.fields["email"] == "seller@example.com"
    assert page.fields["website"] == "https://prompts.test/@ada/"
    assert page.fields["description"] == "Prompts"
    assert page.fields["first_name"] == ""


def test_the_page_runs_no_script_and_may_lead_back(shop: Shop, account: stripe.Account) -> None:
    page = visit(link_for(shop, account.id))

    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "form-action 'self' http://127.0.0.1:8000" in page.policy


def test_a_complete_form_opens_the_account_and_leads_back(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver
) -> None:
    endpoint: Any = {"url": receiver.url, "enabled_events": ["account.updated"], "connect": True}
    own_shop.client.v1.webhook_endpoints.create(endpoint)
    account = open_account(own_shop)
    url = link_for(own_shop, account.id)
    visit(url)

    done, twice = visit(url, GOOD), visit(url, GOOD)
    own_sandbox.settle_deliveries()

    assert (done.status, done.location) == (twice.status, twice.location) == (303, RETURN)
    opened = own_shop.client.v1.accounts.retrieve(account.id)
    assert (opened.payouts_enabled, opened.details_submitted) == (True, True)
    assert opened.capabilities is not None
    assert opened.capabilities.transfers == "active"
    assert opened.business_profile is not None
    assert opened.business_profile.url == "https://example.com/"
    assert opened.external_accounts is not None
    assert [bank.last4 for bank in opened.external_accounts.data] == ["2333"]
    assert receiver.only("account.updated").event["account"] == account.id


def test_test_data_fills_what_is_empty_and_is_accepted(shop: Shop, account: stripe.Account, url: str) -> None:
    filled = visit(url, {"first_name": "Grace", "fill": "1"})

    assert filled.status == 200
    assert filled.fields["first_name"] == "Grace"
    assert filled.fields["birth"] == "1901-01-01"
    assert not shop.client.v1.accounts.retrieve(account.id).details_submitted
    typed = {name: filled.fields[name] for name in GOOD}
    assert visit(url, typed).location == RETURN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first_name": ""}, "This field is required."),
        ({"email": "ada@"}, "Enter an email address"),
        ({"birth": "10/12/1990"}, "Enter your date of birth"),
        ({"birth": "1850-01-01"}, "Enter your date of birth"),
        ({"birth": "2020-01-01"}, "at least 18 years old"),
        ({"ssn": "12"}, "Enter the last 4 digits."),
        ({"website": "example"}, "begins with http://"),
        ({"routing": "12"}, "Enter the 9 digits"),
        ({"account": "x"}, "Enter 4 to 17 digits"),
        ({"terms": ""}, "Please agree before you submit."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    shop: Shop, account: stripe.Account, url: str, change: dict[str, str], message: str
) -> None:
    page = visit(url, GOOD | change)

    assert page.status == 422
    assert message in page.text
    assert "Please correct what is marked below." in page.text
    typed = {name: value for name, value in (GOOD | change).items() if name != "terms"}
    assert {name: page.fields[name] for name in typed} == typed
    assert not shop.client.v1.accounts.retrieve(account.id).details_submitted


def test_what_was_saved_for_later_is_there_again_but_for_numbers(
    shop: Shop, account: stripe.Account, url: str
) -> None:
    saved = visit(url, GOOD | {"email": "", "later": "1"})
    again = visit(link_for(shop, account.id))

    assert (saved.status, saved.location) == (303, RETURN)
    assert (again.fields["last_name"], again.fields["city"]) == ("Lovelace", "San Francisco")
    assert again.fields["email"] == "seller@example.com"
    assert {again.fields[name] for name in ("ssn", "routing", "account")} == {""}


def test_an_account_elsewhere_has_an_iban(shop: Shop) -> None:
    account = open_account(shop, country="FR").id
    url = link_for(shop, account)
    page = visit(url)
    abroad = {name: GOOD[name] for name in GOOD if name in page.fields} | {"terms": "1"}

    wrong = visit(url, abroad | {"iban": "FR14 2004 1010 0505 0001 3M02 607"})
    right = visit(url, abroad | {"iban": "fr14 2004 1010 0505 0001 3m02 606"})

    assert "routing" not in page.fields
    assert (wrong.status, right.status) == (422, 303)


@pytest.mark.parametrize(
    ("language", "title"), [("fr-FR,fr;q=0.9", "Recevez vos versements"), ("de", "Get paid by")]
)
def test_the_language_is_the_browsers(shop: Shop, account: stripe.Account, language: str, title: str) -> None:
    assert title in visit(link_for(shop, account.id), language=language).text


def leads_to_refresh(page: Page) -> bool:
    return (page.status, page.location) == (303, REFRESH)


def test_a_link_opens_once_and_not_for_long(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    account = open_account(own_shop).id
    first, second = link_for(own_shop, account), link_for(own_shop, account)
    assert visit(first).status == 200

    own_sandbox.control("clock", {"advance": 301})

    assert leads_to_refresh(visit(first))
    assert leads_to_refresh(visit(second))
    assert leads_to_refresh(visit(second, GOOD))
    assert visit(first, GOOD).location == RETURN, "who is on the page may finish it"


def test_a_link_to_an_account_that_is_gone_leads_to_refresh(shop: Shop, account: stripe.Account) -> None:
    url = link_for(shop, account.id)
    shop.client.v1.accounts.delete(account.id)

    assert leads_to_refresh(visit(url))


def test_the_dashboard_shows_the_bank_account(shop: Shop, account: stripe.Account, url: str) -> None:
    visit(url, GOOD)

    page = visit(shop.client.v1.accounts.login_links.create(account.id).url)

    assert "2333" in page.text
    assert account.id in page.text


def test_its_style_sheet_comes_from_the_sandbox_itself(sandbox: SandboxProcess) -> None:
    assert visit(f"{sandbox.url}/c/assets/onboarding.css").status == 200
