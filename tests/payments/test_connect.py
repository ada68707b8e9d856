"""Sellers' accounts at Stripe: made once, and kept at what Stripe says, whatever an event's payload says."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SellerProfile
from common.errors import Conflict, InvalidInput
from common.models import OutboxMessage
from payments import gateway_connect
from payments.gateway import GatewayUnavailable
from payments.models import BankPayout, ConnectedAccount, Order, OrderStatus, Payout
from payments.services.bank_payouts import bank_payout_note
from payments.services.connect import account_ensure, account_sync, dashboard_link, onboarding_start
from payments.tasks import accounts_sweep
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.paying_out import (
    account_of,
    arrives,
    asked,
    clocks_ahead,
    fault,
    onboard,
    seller_with,
    sent,
    stripe_balance,
)
from tests.payments.support import ordered, pay, published_listing, sandbox, stripe_get
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]
PAGES = {"return_url": "http://127.0.0.1/back/", "refresh_url": "http://127.0.0.1/again/"}


@pytest.fixture
def seller(db) -> SellerProfile:
    return SellerProfileFactory.create()


def accounts_at_stripe() -> list[dict[str, Any]]:
    return list(stripe_get("accounts?limit=100")["data"])


# --- Making and onboarding -----------------------------------------------------------------------


def test_an_account_is_made_once_and_says_whose_it_is(seller):
    account = account_ensure(seller=seller, country="FR")
    assert account_ensure(seller=seller, country="US") == account
    [made] = accounts_at_stripe()
    assert (made["id"], made["country"], made["email"]) == (
        account.stripe_account_id,
        "FR",
        seller.user.email,
    )
    assert made["metadata"] == {"account_row_id": str(account.pk)}
    assert not account.can_be_paid


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_make_one_account(seller):
    at_once(20, lambda _: account_ensure(seller=SellerProfile.objects.get(), country="US"))
    account = account_ensure(seller=seller, country="US")
    assert [made["id"] for made in accounts_at_stripe()] == [account.stripe_account_id]


def test_a_lost_answer_makes_no_second_account(seller):
    fault("POST", "/v1/accounts", kind="reset", when="after", times=2)
    with pytest.raises(GatewayUnavailable):
        account_ensure(seller=seller, country="US")
    account = account_ensure(seller=seller, country="US")
    assert [made["id"] for made in accounts_at_stripe()] == [account.stripe_account_id]


def test_a_fault_that_stripe_would_replay_is_got_past(seller):
    fault("POST", "/v1/accounts", kind="error", when="during")
    with pytest.raises(GatewayUnavailable):
        account_ensure(seller=seller, country="US")
    assert account_ensure(seller=seller, country="US").stripe_account_id


def test_the_country_can_be_chosen_again_until_there_is_an_account(seller):
    fault("POST", "/v1/accounts", kind="error", when="before", times=2)
    with pytest.raises(GatewayUnavailable):
        account_ensure(seller=seller, country="US")
    account_ensure(seller=seller, country="DE")
    assert [made["country"] for made in accounts_at_stripe()] == ["DE"]
    assert account_of(seller).country == "DE"


@pytest.mark.parametrize("country", ["", "XX", "us", "BR"])
def test_a_country_without_payouts_is_refused(seller, country):
    with pytest.raises(InvalidInput) as refused:
        account_ensure(seller=seller, country=country)
    assert refused.value.code == "country_unknown"
    assert not ConnectedAccount.objects.exists()


def test_onboarding_needs_an_account_and_leads_to_stripe(seller):
    with pytest.raises(Conflict) as refused:
        onboarding_start(seller=seller, **PAGES)
    assert refused.value.code == "payout_account_missing"
    account_ensure(seller=seller, country="US")
    assert "/c/onboarding/" in onboarding_start(seller=seller, **PAGES)


def test_the_dashboard_opens_once_onboarding_is_done(seller):
    account_ensure(seller=seller, country="US")
    with pytest.raises(Conflict):
        dashboard_link(seller=seller)
    onboard(seller)
    assert "/c/dashboard/" in dashboard_link(seller=seller)


# --- State ---------------------------------------------------------------------------------------


def test_the_accounts_state_is_asked_of_stripe_and_not_read_from_the_event(seller):
    account = account_ensure(seller=seller, country="US")
    forged = {
        "id": account.stripe_account_id,
        "payouts_enabled": True,
        "capabilities": {"transfers": "active"},
    }
    arrives("account.updated", forged, account.stripe_account_id)
    assert not account_of(seller).can_be_paid
    sandbox(f"accounts/{account.stripe_account_id}/onboard")
    arrives("account.updated", {"id": account.stripe_account_id}, account.stripe_account_id)
    account = account_of(seller)
    assert (account.can_be_paid, account.payouts_enabled, account.details_submitted) == (True, True, True)
    assert account.requirements_due == []


def test_a_late_answer_does_not_overwrite_a_later_one(seller, monkeypatch):
    account = onboard(seller)
    early = gateway_connect.account_retrieve(str(account.stripe_account_id))

    def slow(account_id: str) -> gateway_connect.AccountFacts:
        monkeypatch.undo()
        sandbox(f"accounts/{account_id}/restrict")
        account_sync(account=account)
        return early

    monkeypatch.setattr(gateway_connect, "account_retrieve", slow)
    account_sync(account=account)
    assert not account_of(seller).can_be_paid


def test_a_restricted_seller_is_told_once(seller):
    account = onboard(seller)
    sandbox(f"accounts/{account.stripe_account_id}/restrict")
    for _ in range(3):
        account = account_sync(account=account)
    assert account.requirements_due == ["individual.verification.document"]
    assert OutboxMessage.objects.filter(topic="payout_account_restricted", subject=account.pk).count() == 1


def test_an_account_that_is_gone_cannot_be_paid(seller):
    account = onboard(seller)
    ConnectedAccount.objects.update(stripe_account_id="acct_gone")
    account = account_sync(account=account_of(seller))
    assert (account.can_be_paid, account.disabled_reason) == (False, "account_invalid")


def test_a_lost_event_is_made_up_for_within_a_day(seller):
    account = account_ensure(seller=seller, country="US")
    sandbox(f"accounts/{account.stripe_account_id}/onboard")
    accounts_sweep()
    assert not account_of(seller).can_be_paid, "it is not asked about before its time"
    a_day_passes()
    accounts_sweep()
    assert account_of(seller).can_be_paid


def a_day_passes() -> None:
    day = datetime.timedelta(days=1, minutes=1)
    ConnectedAccount.objects.update(refreshed_at=timezone.now() - day)


# --- Whose events --------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["acct_of_another_platform", None])
def test_events_of_unknown_accounts_are_ignored(account):
    arrives("account.updated", {"id": account}, account)
    arrives("payout.paid", {"id": "po_theirs"}, account)
    assert not BankPayout.objects.exists()


@pytest.mark.parametrize("names_an_account", [True, False])
def test_a_platform_type_on_the_connect_endpoint_does_nothing(seller, names_an_account):
    account_id = onboard(seller).stripe_account_id if names_an_account else None
    buyer = UserFactory.create()
    order = ordered(buyer, published_listing())
    pay(order)
    session = stripe_get(f"checkout/sessions/{order.stripe_session_id}")
    arrives("checkout.session.completed", session, account_id)
    assert Order.objects.get().status == OrderStatus.PENDING
    arrives("checkout.session.completed", session, None, is_connect=False)
    assert Order.objects.get().status == OrderStatus.PAID


def test_a_transfers_event_on_the_connect_endpoint_settles_nothing():
    payout = asked(seller_with(4800))
    fault("POST", "/v1/transfers", kind="reset", when="after", times=2)
    payout = sent(payout)
    [transfer] = stripe_get("transfers")["data"]
    arrives("transfer.created", transfer, payout.account.stripe_account_id)
    assert Payout.objects.get().status == "requested"
    arrives("transfer.created", transfer, None, is_connect=False)
    assert Payout.objects.get().status == "paid"


def test_a_connected_accounts_event_on_the_platform_endpoint_settles_nothing():
    payout = asked(seller_with(4800))
    fault("POST", "/v1/transfers", kind="reset", when="after", times=2)
    payout = sent(payout)
    [transfer] = stripe_get("transfers")["data"]
    arrives("transfer.created", transfer, payout.account.stripe_account_id, is_connect=False)
    assert Payout.objects.get().status == "requested"


def test_a_connect_type_on_the_platform_endpoint_does_nothing(seller):
    account = account_ensure(seller=seller, country="US")
    sandbox(f"accounts/{account.stripe_account_id}/onboard")
    for named in (account.stripe_account_id, None):
        arrives("account.updated", {"id": account.stripe_account_id}, named, is_connect=False)
    assert not account_of(seller).can_be_paid


def test_another_accounts_event_cannot_touch_this_one(seller):
    account = account_ensure(seller=seller, country="US")
    other = onboard(SellerProfileFactory.create())
    sandbox(f"accounts/{account.stripe_account_id}/onboard")
    arrives("account.updated", {"id": account.stripe_account_id}, other.stripe_account_id)
    assert not account_of(seller).can_be_paid


# --- From Stripe to the bank ---------------------------------------------------------------------


@pytest.fixture
def funded() -> ConnectedAccount:
    """An account with $48.00 in it."""
    seller = seller_with(4800)
    sent(asked(seller))
    return account_of(seller)


def test_a_bank_payout_is_kept_as_stripe_tells_it(funded):
    made = sandbox(f"accounts/{funded.stripe_account_id}/payout")
    arrives("payout.paid", {"id": made["id"], "amount": 999_999}, funded.stripe_account_id)
    row = BankPayout.objects.get()
    assert (row.account, row.amount, row.status) == (funded, 4800, "paid")
    assert stripe_balance(funded) == 0


def test_a_bank_payout_may_fail_after_it_was_paid_and_no_stale_answer_undoes_that(funded):
    made = sandbox(f"accounts/{funded.stripe_account_id}/payout", {"outcome": "failed"})
    failed = gateway_connect.bank_payout_retrieve(
        payout_id=made["id"], account_id=str(funded.stripe_account_id)
    )
    facts = {name: getattr(failed, name) for name in failed.__slots__}
    paid = gateway_connect.BankPayoutFacts(**facts | {"status": "paid", "failure_code": ""})
    for answer in (paid, failed, paid):
        bank_payout_note(account=funded, facts=answer)
    row = BankPayout.objects.get()
    assert (row.status, row.failure_code) == ("failed", "account_closed")


def test_bank_payouts_whose_events_were_lost_are_found(funded):
    sandbox(f"accounts/{funded.stripe_account_id}/payout")
    accounts_sweep()
    assert not BankPayout.objects.exists(), "it is not asked about before its time"
    a_day_passes()
    accounts_sweep()
    assert BankPayout.objects.get().amount == 4800


def test_an_account_asked_about_for_another_reason_is_still_asked_what_went_to_its_bank(funded):
    """A payout that waits for funds asks every hour how the account is: that must not hide a lost event."""
    sandbox(f"accounts/{funded.stripe_account_id}/payout")
    a_day_passes()
    account_sync(account=account_of(funded.seller))
    accounts_sweep()
    assert BankPayout.objects.get().amount == 4800


def test_a_bank_payout_that_could_not_be_asked_for_is_asked_for_soon_again(funded):
    sandbox(f"accounts/{funded.stripe_account_id}/payout")
    a_day_passes()
    fault("GET", "/v1/payouts", kind="error", when="before", times=2)
    accounts_sweep()
    assert account_of(funded.seller).last_error
    ConnectedAccount.objects.update(next_attempt_at=timezone.now())
    accounts_sweep()
    assert BankPayout.objects.get().amount == 4800
    assert not account_of(funded.seller).last_error


def test_what_went_to_the_bank_while_nothing_could_be_asked_for_weeks_is_found():
    with clocks_ahead(days=-45):
        seller = seller_with(4800)
        sent(asked(seller))
        sandbox(f"accounts/{account_of(seller).stripe_account_id}/payout")
    ConnectedAccount.objects.update(refreshed_at=timezone.now() - datetime.timedelta(days=45))
    accounts_sweep()
    assert BankPayout.objects.get().amount == 4800
