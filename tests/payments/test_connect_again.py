"""Where an account at Stripe is gone its seller sets up another; what was paid to the first stays known."""

import pytest

from accounts.models import SellerProfile
from payments.models import BankPayout, ConnectedAccount, PayoutStatus
from payments.models.payout import ACCOUNT_GONE
from payments.queries_payouts import connected_account_of
from payments.services.connect import account_ensure
from tests.factories import SellerProfileFactory
from tests.payments.paying_out import (
    account_of,
    arrives,
    asked,
    earn,
    onboard,
    parted,
    seller_with,
    sent,
    transfers,
)
from tests.payments.support import sandbox
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]


@pytest.fixture
def seller(db) -> SellerProfile:
    return SellerProfileFactory.create()


def test_an_account_that_is_gone_can_be_followed_by_another_and_stays_on_record():
    seller = seller_with(4800)
    before, paid = account_of(seller), sent(asked(seller, 2000))
    parted(before)
    after = account_ensure(seller=seller, country="FR")
    assert (after.stripe_account_id, after.country) != (before.stripe_account_id, before.country)
    assert connected_account_of(seller) == after
    before.refresh_from_db()
    assert (before.replaced_at is not None, before.payouts.get()) == (True, paid)
    onboard(seller)
    assert sent(asked(seller)).account == after
    assert [sent["destination"] for sent in transfers()] == [
        after.stripe_account_id,
        before.stripe_account_id,
    ]


def test_a_payout_on_its_way_to_an_account_that_is_gone_comes_back_and_goes_to_the_next(seller):
    earn(seller, 4800)
    onboard(seller)
    payout = asked(seller)
    parted(account_of(seller))
    account_ensure(seller=seller, country="US")
    assert sent(payout).status == PayoutStatus.FAILED
    onboard(seller)
    assert sent(asked(seller)).status == PayoutStatus.PAID


def test_stripe_tells_when_an_account_is_gone(seller):
    account = onboard(seller)
    sandbox(f"accounts/{account.stripe_account_id}/deauthorize")
    arrives("account.application.deauthorized", {"id": "ca_1"}, account.stripe_account_id)
    assert account_of(seller).is_gone


def test_what_is_told_late_of_a_gone_account_s_bank_is_done_with():
    seller = seller_with(4800)
    sent(asked(seller))
    account = account_of(seller)
    to_bank = sandbox(f"accounts/{account.stripe_account_id}/payout")
    sandbox(f"accounts/{account.stripe_account_id}/deauthorize")
    arrives("payout.paid", to_bank, account.stripe_account_id)
    assert not BankPayout.objects.exists()


def test_an_account_that_is_there_is_not_replaced(seller):
    account = onboard(seller)
    ConnectedAccount.objects.update(disabled_reason=ACCOUNT_GONE)
    assert account_ensure(seller=seller, country="FR") == account
    assert account_of(seller).disabled_reason == ""


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_replace_an_account_once(seller):
    parted(onboard(seller))
    at_once(20, lambda _: account_ensure(seller=SellerProfile.objects.get(), country="US"))
    assert ConnectedAccount.objects.count() == 2
