"""The payment page over plain HTTP, as a browser without scripts would use it."""

import http.cookiejar
import urllib.error
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from .process import SandboxProcess
from .shop import CANCEL_URL, Shop

GOOD = {
    "email": "ada@example.com",
    "method": "card",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Ada Lovelace",
    "country": "GB",
    "postal": "W1",
}


@dataclass
class Page:
    """What came back."""

    status: int
    text: str
    location: str | None
    policy: str

    @property
    def fields(self) -> dict[str, str]:
        """The values of the text fields."""
        reader = _Fields()
        reader.feed(self.text)
        return reader.values


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") != "radio":
            self.values[given.get("name") or ""] = given.get("value") or ""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def visit(url: str, form: dict[str, str] | None = None, *, language: str = "en") -> Page:
    opener = urllib.request.build_opener(
        _Stay, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    data = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(url, data=data, headers={"Accept-Language": language})
    try:
        answer = opener.open(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        headers = answer.headers
        return Page(
            answer.status,
            answer.read().decode(),
            headers.get("Location"),
            headers.get("Content-Security-Policy", ""),
        )


def test_the_page_shows_what_is_bought_and_the_way_back(shop: Shop) -> None:
    session = shop.open_session(line_items=[shop.line(499, name="Plan <b>meals</b>", quantity=2)])

    page = visit(str(session.url))

    assert page.status == 200
    assert "Plan &lt;b&gt;meals&lt;/b&gt;" in page.text
    assert "$9.98" in page.text
    assert f'href="{CANCEL_URL}"' in page.text
    assert "Test mode" in page.text


def test_the_page_runs_no_script_and_allows_none(shop: Shop) -> None:
    page = visit(str(shop.open_session().url))

    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "default-src 'none'" in page.policy
    assert "form-action 'self' http://127.0.0.1:8000" in page.policy


def test_a_good_card_leads_to_the_shop_with_the_sessions_id(shop: Shop) -> None:
    session = shop.open_session()

    page = visit(str(session.url), GOOD)

    assert page.status == 303
    assert page.location == f"http://127.0.0.1:8000/checkout/return/?session_id={session.id}"
    paid = shop.session(session.id)
    assert paid.payment_status == "paid"
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == ("ada@example.com", "Ada Lovelace")


def test_a_declined_card_is_said_and_the_form_kept(shop: Shop) -> None:
    session = shop.open_session()

    page = visit(str(session.url), GOOD | {"number": "4000000000009995"})

    assert page.status == 402
    assert "Your card has insufficient funds." in page.text
    assert page.fields["number"] == "4000000000009995"
    assert page.fields["name"] == "Ada Lovelace"
    assert shop.session(session.id).status == "open"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "ada@"}, "Enter an email address"),
        ({"number": "4242 4242 4242 4241"}, "Your card number is invalid."),
        ({"expiry": "13/34"}, "Enter the expiration date as MM / YY."),
        ({"expiry": "01/20"}, "expiration date is in the past."),
        ({"cvc": "1"}, "security code is incomplete."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    shop: Shop, change: dict[str, str], message: str
) -> None:
    session = shop.open_session()

    page = visit(str(session.url), GOOD | change)

    assert page.status == 422
    assert message in page.text.replace("&#39;", "'")
    typed = {name: value for name, value in (GOOD | change).items() if name in page.fields}
    assert {name: page.fields[name] for name in typed} == typed
    assert shop.session(session.id).payment_intent is None


def test_the_language_follows_the_session_then_the_browser(shop: Shop) -> None:
    unsaid, french = shop.open_session(), shop.open_session(locale="fr")

    assert "Pay $9.99" in visit(str(unsaid.url)).text
    assert "Payer 9,99" in visit(str(unsaid.url), language="fr-FR,fr;q=0.9").text
    page = visit(str(french.url), GOOD | {"number": "4000000000000002"})
    assert '<html lang="fr">' in page.text
    assert "Votre carte a été refusée." in page.text


def test_an_email_given_by_the_shop_stands(shop: Shop) -> None:
    session = shop.open_session(customer_email="bob@example.com")

    assert visit(str(session.url)).fields["email"] == "bob@example.com"
    visit(str(session.url), GOOD | {"email": "mallory@example.com"})

    details = shop.session(session.id).customer_details
    assert details is not None
    assert details.email == "bob@example.com"


@pytest.mark.parametrize(("outcome", "status"), [("complete", "paid"), ("fail", "unpaid")])
def test_three_d_secure_is_a_page_of_its_own(shop: Shop, outcome: str, status: str) -> None:
    session = shop.open_session()
    asked = visit(str(session.url), GOOD | {"number": "4000002760003184"})
    assert (asked.status, asked.location) == (303, f"/c/pay/{session.id}/authenticate")

    assert "3184" in visit(f"{session.url}/authenticate").text
    page = visit(f"{session.url}/authenticate", {"outcome": outcome})

    assert page.status == (303 if outcome == "complete" else 402)
    assert shop.session(session.id).payment_status == status


def test_a_bank_debit_needs_no_card(shop: Shop) -> None:
    session = shop.open_session()
    bank = {"email": "ada@example.com", "method": "us_bank_account", "holder": "Ada"}

    wrong = visit(str(session.url), bank | {"routing": "1", "account": "2"})
    page = visit(str(session.url), bank | {"routing": "110000000", "account": "000123456789"})

    assert wrong.status == 422
    assert page.status == 303
    done = shop.session(session.id)
    assert (done.status, done.payment_status) == ("complete", "unpaid")


def test_only_the_methods_asked_for_are_offered(shop: Shop) -> None:
    session = shop.open_session(allowed_payment_method_types=["card"])

    page = visit(str(session.url))

    assert "bank account" not in page.text
    assert visit(str(session.url), {"email": "a@b.test", "method": "us_bank_account"}).status == 422


def test_a_test_card_fills_the_form_without_paying(shop: Shop) -> None:
    session = shop.open_session()

    page = visit(str(session.url), {"email": "", "fill": "4242424242424242"})

    assert page.status == 200
    assert page.fields["number"] == "4242 4242 4242 4242"
    assert shop.session(session.id).status == "open"


def test_a_page_used_up_says_so(shop: Shop, sandbox: SandboxProcess) -> None:
    paid, expired = shop.open_session(), shop.open_session()
    sandbox.pay(paid.id)
    shop.client.v1.checkout.sessions.expire(expired.id)

    done, over = visit(str(paid.url)), visit(str(expired.url))

    assert (done.status, over.status) == (200, 410)
    assert f"session_id={paid.id}" in done.text
    assert "This checkout has expired" in over.text
    assert f'href="{CANCEL_URL}"' in over.text
    assert visit(str(paid.url), GOOD).status == 200
    assert visit(f"{sandbox.url}/c/pay/cs_test_nothing").status == 404


def test_the_style_sheet_comes_from_the_sandbox_itself(shop: Shop, sandbox: SandboxProcess) -> None:
    page = visit(str(shop.open_session().url))

    assert 'href="/c/assets/checkout.css"' in page.text
    assert visit(f"{sandbox.url}/c/assets/checkout.css").status == 200
    assert "http" not in visit(f"{sandbox.url}/c/assets/checkout.css").text


def test_the_receipt_tells_what_was_paid(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(999)
    sandbox.pay(session.id)

    page = visit(str(shop.charge_of(session.id).receipt_url))

    assert page.status == 200
    assert "$9.99" in page.text
