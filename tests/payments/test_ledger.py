"""The ledger guards itself: balanced at commit, never rewritten, one journal per cause."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import clock
from common.money import platform_fee_amount, spread
from payments import ledger
from payments.ledger import Line
from payments.models import Account, Journal, JournalKind, OrderItem
from payments.queries import seller_balance, seller_totals
from payments.services import checkout_return
from payments.services.earnings import earnings_release, items_to_release
from tests.factories import UserFactory
from tests.payments.support import balances, ordered, pay, published_listing

FEE_LINES = [Line(Account.PROCESSING_FEES, 59), Line(Account.STRIPE_CLEARING, -59)]


def book(cause: str = "payment:1") -> Journal | None:
    return ledger.journal_book(kind=JournalKind.PROCESSING_FEE, cause=cause, lines=FEE_LINES, currency="usd")


@pytest.mark.django_db
def test_lines_that_do_not_balance_are_refused_before_the_database():
    with pytest.raises(ValueError, match="does not sum to zero"):
        ledger.journal_book(
            kind=JournalKind.SALE, cause="x", lines=[Line(Account.STRIPE_CLEARING, 1)], currency="usd"
        )


@pytest.mark.django_db
@pytest.mark.usefixtures("stripe_sandbox")
def test_earnings_become_available_after_seven_days_and_once():
    buyer = UserFactory()
    listing = published_listing(price_amount=999)
    order = ordered(buyer, listing)
    pay(order)
    checkout_return(session_id=order.stripe_session_id, buyer=buyer)
    assert items_to_release() == []
    item = OrderItem.objects.get()
    OrderItem.objects.update(paid_at=clock.now() - datetime.timedelta(days=7, seconds=1))
    assert items_to_release() == [item.pk]
    earnings_release(item_id=item.pk)
    earnings_release(item_id=item.pk)
    balance = seller_balance(listing.seller)
    assert (balance.pending_amount, balance.available_amount, balance.paid_out_amount) == (0, 800, 0)
    assert balances()[Account.SELLER_AVAILABLE] == -800
    totals = seller_totals(listing.seller)
    assert (totals.gross_amount, totals.fee_amount, totals.net_amount, totals.count) == (999, 199, 800, 1)


@given(net=st.integers(0, 1_000_000), bps=st.integers(0, 10_000))
def test_the_fee_is_never_more_than_its_share_and_never_negative(net, bps):
    fee = platform_fee_amount(net, bps)
    assert 0 <= fee <= net
    assert fee * 10_000 <= net * bps < (fee + 1) * 10_000


def test_the_fee_of_the_rule_s_own_example():
    assert platform_fee_amount(999, 2000) == 199


@given(total=st.integers(0, 1_000_000), weights=st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_spreading_loses_no_cent_and_is_off_by_less_than_one(total, weights):
    if not sum(weights):
        weights[0] = 1
    parts = spread(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
