"""docs/money.md works each journal out; here they are booked, and compared with what the page says."""

import datetime
import re

import pytest

from common import clock
from common.money import platform_fee_amount
from payments import ledger
from payments.models import Journal, JournalKind, LedgerEntry, Payment, Refund, RefundReason, SaleSource
from payments.services import checkout_return, order_create, refund_request
from payments.services.coupons import coupon_create
from payments.services.earnings import earnings_release
from payments.services.invariants import INVARIANTS
from payments.services.payout_reversals import payout_sync
from payments.services.reconciliation import reconciliation_run
from payments.services.refunds import refund_fail, refund_send
from tests.architecture.files import DOCS
from tests.factories import UserFactory
from tests.payments.disputing import bank, disputed
from tests.payments.paying_out import AVAILABLE_AT_ONCE, asked, seller_with, sent
from tests.payments.support import ordered, pay, published_listing, sandbox, stripe_post

Lines = dict[str, int]
PRICES = {300: "$3.00", 999: "$9.99"}
MINUS = "\N{MINUS SIGN}"
SECTION = re.compile(
    r"^### (?P<title>[^:\n]+): `(?P<kind>\w+)`\n(?P<body>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL
)
ROW = re.compile(rf"^\| `(\w+)` \| ([+{MINUS}]\d+) \| ([+{MINUS}]\d+) \|$", re.MULTILINE)


def worked(title: str, price: int) -> Lines:
    """The journal under a heading of the page, for a price."""
    column = list(PRICES).index(price)
    text = (DOCS / "money.md").read_text(encoding="utf-8")
    body = next(found["body"] for found in SECTION.finditer(text) if found["title"] == title)
    return {account: int(amounts[column].replace(MINUS, "-")) for account, *amounts in ROW.findall(body)}


def booked(kind: JournalKind) -> Lines:
    """The last journal of a kind."""
    journal = Journal.objects.filter(kind=kind).latest("pk")
    return dict(LedgerEntry.objects.filter(journal=journal).values_list("account", "amount"))


@pytest.fixture(params=PRICES, ids=list(PRICES.values()))
def price(request):
    return request.param


@pytest.fixture
def paid_order(price, stripe_sandbox, db):
    buyer = UserFactory.create()
    order = ordered(buyer, published_listing(price_amount=price))
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


@pytest.mark.usefixtures("paid_order")
def test_a_sale_and_its_processing_fee(price):
    assert booked(JournalKind.SALE) == worked("Sale", price)
    assert booked(JournalKind.PROCESSING_FEE) == worked("Processing fee", price)


@pytest.mark.parametrize("whose", ["a seller's", "the platform's"])
def test_a_sale_with_a_coupon(price, whose, stripe_sandbox, db):
    buyer, listing = UserFactory.create(), published_listing(price_amount=price)
    seller = listing.seller if whose == "a seller's" else None
    coupon = coupon_create(seller=seller, code="HALF", percent=50)
    order = order_create(buyer=buyer, listing_slugs=[listing.slug], coupon_code=coupon.code)
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    assert booked(JournalKind.SALE) == worked(f"Sale with {whose} coupon of 50 %", price)


def test_a_sale_that_the_platforms_coupon_pays_for(price, stripe_sandbox, db):
    listing = published_listing(price_amount=price)
    coupon_create(seller=None, code="ALL", percent=100)
    order_create(buyer=UserFactory.create(), listing_slugs=[listing.slug], coupon_code="ALL")
    assert booked(JournalKind.SALE) == worked("Sale with the platform's coupon of 100 %", price)


def test_a_sale_by_the_sellers_own_link(price, stripe_sandbox, db):
    buyer, listing = UserFactory.create(), published_listing(price_amount=price)
    order = order_create(
        buyer=buyer, listing_slugs=[listing.slug], sources={listing.slug: SaleSource.OWN_LINK}
    )
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    assert booked(JournalKind.SALE) == worked("Sale by the seller's own link", price)
    borne = worked("Processing fee of a sale by the seller's own link", price)
    assert booked(JournalKind.PROCESSING_BORNE) == borne


def test_earnings_released(paid_order, price):
    earnings_release(item_id=paid_order.items.get().pk)
    assert booked(JournalKind.EARNINGS_RELEASED) == worked("Earnings released", price)


@pytest.mark.parametrize(("title", "amount"), [("Full refund", None), ("Partial refund of $1.00", 100)])
def test_a_refund(paid_order, price, title, amount):
    refund = refund_request(order=paid_order, by=None, reason=RefundReason.MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)
    assert booked(JournalKind.REFUND) == worked(title, price)


def test_a_refund_that_failed(paid_order, price):
    refund = refund_request(order=paid_order, by=None, reason=RefundReason.MODERATOR)
    refund_send(refund_id=refund.pk)
    refund_fail(refund_id=refund.pk)
    assert booked(JournalKind.REFUND_RESTORED) == worked("Failed refund", price)


def test_a_surplus_payment_and_its_return(paid_order, price):
    payment = Payment.objects.create(
        order=paid_order, stripe_payment_intent_id="pi_second", amount=price, currency="usd", is_surplus=True
    )
    ledger.surplus_book(payment)
    assert booked(JournalKind.SURPLUS_PAYMENT) == worked("Surplus payment", price)
    ledger.refund_book(
        Refund.objects.create(
            payment=payment, amount=price, currency="usd", reason=RefundReason.SURPLUS_PAYMENT
        )
    )
    assert booked(JournalKind.SURPLUS_RETURNED) == worked("Surplus returned", price)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute(paid_order, price, outcome):
    dispute = disputed(paid_order)
    assert booked(JournalKind.DISPUTE_WITHDRAWN) == worked("Dispute, funds withdrawn", price)
    assert booked(JournalKind.DISPUTE_SHARED) == worked("Dispute, the seller's share is held", price)
    bank(dispute, "close", outcome=outcome)
    if outcome == "lost":
        assert booked(JournalKind.DISPUTE_SHARED) == worked("Dispute lost", price)
    else:
        assert booked(JournalKind.DISPUTE_REINSTATED) == worked("Dispute won, funds reinstated", price)
        comes_back = worked("Dispute won, the seller's share comes back", price)
        assert booked(JournalKind.DISPUTE_SHARED) == comes_back


@pytest.fixture
def payout(price, empty_stripe, db):
    """Of what 25 sales at the price have left, sold here as one."""
    return asked(seller_with(25 * (price - platform_fee_amount(price, 2000))))


def test_a_payout_and_its_sending(payout, price):
    assert booked(JournalKind.PAYOUT) == worked("Payout asked for", price)
    sent(payout)
    assert booked(JournalKind.PAYOUT_SENT) == worked("Payout sent", price)


def test_a_payout_that_failed(payout, price):
    sandbox(f"accounts/{payout.account.stripe_account_id}/restrict")
    sent(payout)
    assert booked(JournalKind.PAYOUT_FAILED) == worked("Payout failed", price)


def test_a_payout_taken_back(payout, price):
    stripe_post(f"transfers/{sent(payout).stripe_transfer_id}/reversals", f"amount={payout.amount}")
    payout_sync(transfer_id=payout.stripe_transfer_id)
    assert booked(JournalKind.PAYOUT_REVERSED) == worked("Payout taken back", price)


@pytest.mark.parametrize(
    ("movement", "kind", "title"),
    [
        ("payout", JournalKind.PLATFORM_PAYOUT, "Paid out to the platform's bank"),
        ("fee", JournalKind.STRIPE_FEE, "Other fee of Stripe"),
    ],
)
def test_what_reconciliation_books(empty_stripe, db, price, movement, kind, title):
    order = ordered(UserFactory.create(), published_listing(price_amount=price))
    pay(order, AVAILABLE_AT_ONCE)
    sandbox(f"platform/{movement}", {"amount": abs(worked(title, price)["stripe_clearing"])})
    run = reconciliation_run(now=clock.now() + datetime.timedelta(minutes=10))
    assert run is not None
    assert booked(kind) == worked(title, price)


def test_every_rule_of_the_books_is_listed_in_its_own_words():
    text = (DOCS / "money.md").read_text(encoding="utf-8")
    rules = {name: " ".join(rule.rule.partition("\n\n")[0].split()) for name, rule in INVARIANTS.items()}
    assert dict(re.findall(r"^\| `(\w+)` \| ([A-Z][^|]+) \|$", text, re.MULTILINE)) == rules


def test_every_kind_of_journal_is_worked_out():
    text = (DOCS / "money.md").read_text(encoding="utf-8")
    assert {found["kind"] for found in SECTION.finditer(text)} == set(JournalKind.values)
