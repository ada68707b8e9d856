"""The payouts pages: what is said in each state of account and payout, and that a slip costs nothing."""

import datetime
import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from common import clock
from payments.models import BankPayout, ConnectedAccount, Payout, PayoutReversal, Refund
from payments.queries import seller_balance
from payments.queries_payouts import earnings_due
from payments.services.connect import account_ensure
from payments.services.payout_reversals import payout_reversal_send, payout_reverse
from payments.services.refunds import refund_send
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.marketplace.selling.sales import sold
from tests.payments.paying_out import (
    account_of,
    asked,
    available_of,
    due_now,
    earn,
    fault,
    onboard,
    parted,
    sent,
)
from tests.payments.support import sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]
PAGE = "/sell/payouts/"
NEW = "/sell/payouts/new/"


@pytest.fixture
def alice():
    return SellerProfileFactory(name="Alice's prompts")


@pytest.fixture
def studio(client, alice):
    """Alice's browser."""
    client.force_login(alice.user)
    return client


@pytest.fixture
def rich(alice):
    """Alice with $48.00 available and an account at Stripe."""
    earn(alice, 4800)
    onboard(alice)
    return alice


def text_of(browser, url=PAGE):
    page = html.unescape(browser.get(url).content.decode())
    return re.sub(r"\s+", " ", page[page.index("<main") : page.index("</main>")])


def restricted(seller, **facts):
    """As if Stripe had said so."""
    ConnectedAccount.objects.filter(seller=seller).update(**facts)


# --- The account ---------------------------------------------------------------------------------


def test_who_has_parted_with_us_at_stripe_can_set_up_another_account(studio, rich):
    parted(account_of(rich))
    page = text_of(studio)
    assert "not connected to us any more" in page
    assert "Set up payouts" in page
    assert "Pay out now" not in page
    answer = studio.post("/sell/payouts/setup/", {"country": "FR"})
    assert answer.status_code == 303
    assert account_of(rich).country == "FR"
    assert "Your account at Stripe is not finished" in text_of(studio)


def test_without_an_account_the_page_offers_to_set_one_up(studio, alice):
    page = text_of(studio)
    assert reverse("studio_payouts_setup") in page
    assert "No payout yet" in page
    assert "Pay out now" not in page


def test_setting_up_makes_the_account_and_leads_to_stripe(studio, alice):
    answer = studio.post("/sell/payouts/setup/", {"country": "FR"})
    assert answer.status_code == 303
    assert "/c/onboarding/" in answer["Location"]
    assert account_of(alice).country == "FR"
    again = studio.post("/sell/payouts/setup/")
    assert again["Location"] != answer["Location"], "each link is good for one visit"
    assert ConnectedAccount.objects.count() == 1


@pytest.mark.parametrize("country", ["", "XX", "BR"])
def test_a_country_without_payouts_is_refused_at_its_field(studio, country):
    answer = studio.post("/sell/payouts/setup/", {"country": country})
    assert 'class="field is-invalid"' in answer.content.decode()
    assert not ConnectedAccount.objects.exists()


def test_when_stripe_is_away_the_page_says_so_and_keeps_the_choice(studio):
    fault("POST", "/v1/accounts", kind="error", when="before", times=2)
    answer = studio.post("/sell/payouts/setup/", {"country": "FR"})
    assert answer.status_code == 503
    assert '<option value="FR" selected>' in answer.content.decode()
    assert studio.post("/sell/payouts/setup/", {"country": "FR"}).status_code == 303


def test_the_browser_may_be_led_from_the_form_to_stripe(studio, settings):
    policy = studio.get(PAGE)["Content-Security-Policy"]
    [form_action] = [part for part in policy.split(";") if part.strip().startswith("form-action")]
    assert settings.STRIPE_CONNECT_ORIGIN in form_action.split()


def test_coming_back_unfinished_says_what_is_missing_in_words(studio, alice):
    account_ensure(seller=alice, country="US")
    studio.get("/sell/payouts/setup/done/")
    page = text_of(studio)
    assert "Your account at Stripe is not finished" in page
    assert "A bank account to send the money to" in page
    assert "Your date of birth" in page
    assert "external_account" not in page


def test_coming_back_finished_says_that_one_can_be_paid(studio, alice):
    account = account_ensure(seller=alice, country="US")
    sandbox(f"accounts/{account.stripe_account_id}/onboard")
    answer = studio.get("/sell/payouts/setup/done/", follow=True)
    assert "You can be paid now" in answer.content.decode()
    assert account_of(alice).can_be_paid


def test_coming_back_while_stripe_is_away_is_no_error(studio, alice):
    account_ensure(seller=alice, country="US")
    fault("GET", "/v1/accounts/*", kind="error", times=2)
    answer = studio.get("/sell/payouts/setup/done/", follow=True)
    assert answer.status_code == 200
    assert "does not answer" in answer.content.decode()


def test_a_used_link_is_made_anew(studio, alice):
    assert studio.get("/sell/payouts/setup/again/")["Location"] == PAGE
    account_ensure(seller=alice, country="US")
    assert "/c/onboarding/" in studio.get("/sell/payouts/setup/again/")["Location"]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"transfers_active": False, "requirements_due": []}, "Stripe is checking your details"),
        (
            {"transfers_active": False, "requirements_due": ["individual.verification.document"]},
            "A photo of an identity document",
        ),
        (
            {"payouts_enabled": False, "requirements_due": ["external_account"]},
            "Stripe does not pass it on to your bank yet",
        ),
        ({"requirements_due": ["individual.id_number"]}, "You can be paid, and Stripe has a question"),
        ({"disabled_reason": "rejected.fraud"}, "Stripe has closed your account"),
        ({"transfers_active": False, "requirements_due": ["interv_x.form"]}, "which Stripe will name"),
    ],
)
def test_each_state_of_the_account_is_said_in_words(studio, rich, facts, said):
    restricted(rich, **facts)
    assert said in text_of(studio)


def test_the_dashboard_is_stripes(studio, rich):
    assert "/c/dashboard/" in studio.post("/sell/payouts/dashboard/")["Location"]


def test_without_an_account_there_is_no_dashboard(studio, alice):
    answer = studio.post("/sell/payouts/dashboard/", follow=True)
    assert "Set up your payouts with Stripe first." in answer.content.decode()


# --- The balance ---------------------------------------------------------------------------------


def test_the_page_tells_when_pending_earnings_come(studio, rich):
    earn(rich, 1600, is_released=False)
    due = earnings_due(rich)
    assert [each.amount for each in due] == [1600]
    assert due[0].day == (clock.now() + datetime.timedelta(days=7)).date()
    assert "$16.00" in text_of(studio)


def test_what_becomes_available_sums_to_the_pending_balance(alice):
    listing = ListingFactory(seller=alice, status="published", price_amount=999)
    for refunded in (0, 333, 999):
        item = sold(listing, refunded_amount=refunded)
        assert item.seller_amount == 800
    # The helper books no refund: what the ledger would have lost is left out here as well.
    due = sum(each.amount for each in earnings_due(alice))
    assert due == 3 * 800 - (333 - 66) - (999 - 199)


def test_a_negative_balance_is_explained(studio, rich):
    sent(asked(rich))
    item = rich.sales.get()
    studio.post(f"/sell/sales/{item.pk}/refund/", {"amount": "60", "note": "x"})
    refund_send(refund_id=Refund.objects.get().pk)
    page = text_of(studio)
    assert "Your balance is below zero" in page
    assert "-$48.00" in page


def test_too_little_is_said_with_what_is_missing(studio, alice):
    earn(alice, 800)
    onboard(alice)
    page = text_of(studio)
    assert "Payouts start at $10.00. $2.00 more have to become available." in page
    assert "Pay out now" not in page


# --- Asking --------------------------------------------------------------------------------------


def test_what_is_typed_is_shown_once_more_before_anything_is_sent(studio, rich):
    page = text_of(studio, f"{NEW}?amount=12,50")
    assert "Pay out $12.50?" in page
    assert "$35.50" in page
    assert not Payout.objects.exists()


def test_all_that_is_available_is_proposed(studio, rich):
    assert 'value="48"' in text_of(studio)
    assert "Pay out $48.00?" in text_of(studio, NEW)


def confirm(browser, amount):
    """Look at the confirming page and press its button."""
    page = browser.get(f"{NEW}?amount={amount}").content.decode()
    fields = dict(re.findall(r'type="hidden" name="(amount|id)" value="([^"]+)"', page))
    return fields, browser.post(NEW, fields)


def test_the_button_asks_for_the_payout(studio, rich):
    _fields, answer = confirm(studio, "12.50")
    payout = Payout.objects.get()
    assert (payout.amount, payout.trigger, payout.requested_by) == (1250, "request", rich.user)
    assert answer["Location"] == f"{PAGE}{payout.pk}/"


@pytest.mark.parametrize("amount", ["12.50", "48"])
def test_twenty_clicks_on_the_button_are_one_payout(studio, rich, amount):
    fields, first = confirm(studio, amount)
    for _ in range(19):
        assert studio.post(NEW, fields)["Location"] == first["Location"]
    assert Payout.objects.count() == 1


@pytest.mark.parametrize("amount", ["9.99", "48.01", "x", "", "-20", "1e3", "12.505", "٣٠"])
def test_a_slip_is_said_at_the_field_and_sends_nothing(studio, rich, amount):
    for answer in (studio.get(NEW, {"amount": amount}), studio.post(NEW, {"amount": amount})):
        assert 'class="field is-invalid"' in answer.content.decode()
    assert not Payout.objects.exists()


def test_without_an_account_asking_says_why(studio, alice):
    earn(alice, 4800)
    answer = studio.post(NEW, {"amount": "20"})
    assert answer.status_code == 409
    assert "Set up your payouts with Stripe first." in answer.content.decode()


# --- History -------------------------------------------------------------------------------------


def test_each_payout_says_what_became_of_it(studio, rich):
    waiting = asked(rich, 1000)
    paid = sent(asked(rich, 1100))
    page = text_of(studio)
    assert "On its way" in page
    assert "Paid out" in page
    assert "at Stripe" in page
    assert "$10.00 of it on its way" in page
    assert "We are sending it" in text_of(studio, f"{PAGE}{waiting.pk}/")
    assert paid.stripe_transfer_id in text_of(studio, f"{PAGE}{paid.pk}/")


def test_a_failed_payout_says_why_and_what_to_do(studio, rich):
    payout = asked(rich)
    sandbox(f"accounts/{account_of(rich).stripe_account_id}/restrict")
    sent(payout)
    page = text_of(studio, f"{PAGE}{payout.pk}/")
    assert "Stripe did not let you be paid." in page
    assert "The money is available to you again." in page
    assert ">Failed<" in text_of(studio)


def bank_payout(seller, status, **fields):
    moment = clock.now() + datetime.timedelta(seconds=5)
    return BankPayout.objects.create(
        account=account_of(seller),
        stripe_payout_id=f"po_{status}",
        amount=4800,
        currency="usd",
        status=status,
        arrives_at=moment,
        created_at=moment,
        **fields,
    )


def test_the_bank_payout_that_took_it_on_is_shown(studio, rich):
    payout = sent(asked(rich))
    bank_payout(rich, "paid")
    assert "At the bank" in text_of(studio)
    assert "Stripe has sent it on to your bank" in text_of(studio, f"{PAGE}{payout.pk}/")


def test_money_that_the_bank_sent_back_is_explained(studio, rich):
    payout = sent(asked(rich))
    bank_payout(rich, "failed", failure_code="account_closed")
    page = text_of(studio, f"{PAGE}{payout.pk}/")
    assert "The bank account has been closed. Correct your bank account" in page
    bank_payout(rich, "paid")
    assert "closed" not in text_of(studio, f"{PAGE}{payout.pk}/"), "the second try arrived"


def test_what_was_taken_back_is_shown(studio, rich):
    payout = sent(asked(rich))
    payout_reverse(payout=payout, amount=1800, by=UserFactory(staff=True), note="secret remark")
    reversal = PayoutReversal.objects.get()
    due_now(reversal)
    payout_reversal_send(reversal_id=reversal.pk)
    page = text_of(studio, f"{PAGE}{payout.pk}/")
    assert "Taken back in part" in page
    assert "\N{MINUS SIGN}$18.00" in page
    assert "secret remark" not in page
    assert seller_balance(rich).available_amount == 1800


def test_more_payouts_need_no_more_queries(studio, rich, django_assert_max_num_queries):
    earn(rich, 8000)
    sent(asked(rich, 1000))
    with django_assert_max_num_queries(16) as few:
        studio.get(PAGE)
    for _ in range(5):
        sent(asked(rich, 1000))
    bank_payout(rich, "paid")
    with django_assert_max_num_queries(len(few)):
        studio.get(PAGE)


# --- Whose ---------------------------------------------------------------------------------------


def test_another_sellers_payout_is_not_there(client, studio, rich):
    payout = asked(rich)
    client.force_login(SellerProfileFactory().user)
    assert client.get(f"{PAGE}{payout.pk}/").status_code == 404
    assert "$48.00" not in text_of(client)


def test_a_strangers_payout_id_cannot_be_reused(client, rich):
    payout = asked(rich, 1000)
    dora = SellerProfileFactory()
    earn(dora, 4800)
    onboard(dora)
    client.force_login(dora.user)
    answer = client.post(NEW, {"amount": "10", "id": str(payout.pk)})
    assert answer.status_code == 409
    assert (Payout.objects.count(), available_of(dora)) == (1, 4800)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", PAGE),
        ("get", NEW),
        ("post", NEW),
        ("get", "/sell/payouts/setup/"),
        ("post", "/sell/payouts/setup/"),
        ("get", "/sell/payouts/setup/again/"),
        ("get", "/sell/payouts/setup/done/"),
        ("post", "/sell/payouts/dashboard/"),
        ("get", "/sell/payouts/01890a5d-ac96-774b-bcce-b302099a8057/"),
        ("get", "/sell/sales/1/refund/"),
        ("post", "/sell/sales/1/refund/"),
    ],
)
@pytest.mark.parametrize("person", ["nobody", "a buyer"])
def test_only_sellers_come_in(client, method, path, person):
    if person == "a buyer":
        client.force_login(UserFactory())
    answer = getattr(client, method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/" if person == "nobody" else "/sell/")
    assert not ConnectedAccount.objects.exists()


@pytest.mark.parametrize("path", [NEW, "/sell/payouts/setup/", "/sell/payouts/dashboard/"])
def test_a_form_of_another_site_moves_nothing(alice, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)
    assert client.post(path, {"amount": "20", "country": "US"}).status_code == 403
