"""Each movement on Stripe's balance against its journal, and each journal against Stripe's list."""

import pytest

from common.models import OutboxMessage
from payments import ledger
from payments.models import Finding, Journal, JournalKind, Payment, Refund, RefundReason
from payments.services import refund_request
from payments.services.checkout import session_check
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.factories import UserFactory
from tests.payments.reconciliation.support import found, reconcile
from tests.payments.support import balances, ordered, pay, published_listing, sandbox, stripe_get, stripe_post

pytestmark = pytest.mark.django_db


def bought(price: int = 999):
    order = ordered(UserFactory(), published_listing(price_amount=price))
    pay(order)
    return session_check(session_id=order.stripe_session_id)


def refunded(order, amount=None) -> Refund:
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    return refund


def balance_at_stripe() -> int:
    balance = stripe_get("balance")
    return sum(part["amount"] for part in balance["available"] + balance["pending"])


def test_books_that_agree_have_no_findings():
    refunded(bought(), 300)
    failed = refunded(bought())
    sandbox(f"refunds/{failed.stripe_refund_id}/fail", {})
    payment_refunds_sync(payment_intent_id=failed.payment.stripe_payment_intent_id)
    run = reconcile()
    assert found() == []
    assert (run.transactions_read, run.findings_count) == (5, 0)
    assert run.stripe_balance_amount == run.ledger_balance_amount == balance_at_stripe()


def test_a_second_run_changes_nothing():
    bought()
    reconcile()
    before = Journal.objects.count()
    reconcile()
    assert Journal.objects.count() == before


def test_a_platform_payout_and_its_return_are_booked():
    sandbox(
        f"checkout/{ordered(UserFactory(), published_listing()).stripe_session_id}/pay",
        {"card": "4000000000000077"},
    )
    sandbox("platform/payout", {"amount": 100})
    sandbox("platform/payout", {"amount": 50, "outcome": "failed"})
    reconcile()
    assert found() == []
    assert balances()["platform_bank"] == 100
    assert balances()["stripe_clearing"] == balance_at_stripe()


def test_a_fee_of_stripe_is_the_platforms():
    bought()
    before = balances()["processing_fees"]
    sandbox("platform/fee", {"amount": 25})
    reconcile()
    assert found() == []
    assert balances()["processing_fees"] == before + 25


@pytest.mark.parametrize("amount", [1, -1])
def test_a_cent_that_nothing_explains_is_found_named_and_told_once(amount):
    bought()
    movement = sandbox("platform/adjustment", {"amount": amount})
    for _ in range(3):
        reconcile()
    assert found() == [("transaction_unexplained", f"transaction:{movement['id']}")]
    finding = Finding.objects.get()
    assert (finding.expected_amount, finding.found_amount, finding.times_seen) == (amount, 0, 3)
    assert OutboxMessage.objects.filter(topic="payments_alarm").count() == 1


def test_two_cents_that_cancel_out_are_both_found():
    bought()
    sandbox("platform/adjustment", {"amount": 1})
    sandbox("platform/adjustment", {"amount": -1})
    reconcile()
    assert [kind for kind, _ in found()] == ["transaction_unexplained"] * 2


@pytest.mark.parametrize("amount", [1, -1])
def test_a_cent_too_many_or_too_few_in_the_books_is_found(amount):
    bought()
    ledger.stripe_fee_book(transaction_id="txn_planted", net_amount=amount, currency="usd")
    reconcile()
    journal = Journal.objects.get(cause="txn:txn_planted")
    assert found() == [("unknown_at_stripe", f"journal:{journal.pk}")]
    assert Finding.objects.get().found_amount == amount


def test_journals_that_cancel_out_are_both_found():
    bought()
    ledger.stripe_fee_book(transaction_id="txn_one", net_amount=1, currency="usd")
    ledger.stripe_fee_book(transaction_id="txn_two", net_amount=-1, currency="usd")
    reconcile()
    assert [kind for kind, _ in found()] == ["unknown_at_stripe"] * 2


def test_a_journal_of_a_refund_that_stripe_never_made_is_found():
    order = bought()
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    Refund.objects.filter(pk=refund.pk).update(status="succeeded", stripe_refund_id="re_never")
    ledger.refund_book(refund)
    reconcile()
    journal = Journal.objects.get(kind=JournalKind.REFUND)
    assert found() == [("unknown_at_stripe", f"journal:{journal.pk}")]


def test_a_finding_that_is_no_more_is_closed():
    bought()
    movement = sandbox("platform/adjustment", {"amount": -7})
    reconcile()
    ledger.stripe_fee_book(transaction_id=movement["id"], net_amount=-7, currency="usd")
    reconcile(minutes_later=60 * 24 * 3)
    assert found() == []
    assert Finding.objects.get().resolved_at is not None


def test_a_movement_that_stripe_no_longer_knows_is_no_finding_any_more():
    bought()
    sandbox("platform/adjustment", {"amount": -7})
    reconcile()
    sandbox("reset")
    reconcile()
    assert Finding.objects.get(kind="transaction_unexplained").resolved_at is not None


def test_many_of_a_kind_are_one_mail():
    bought()
    for amount in (1, 2, 3):
        sandbox("platform/adjustment", {"amount": amount})
    reconcile()
    assert len(found()) == 3
    [told] = OutboxMessage.objects.filter(topic="payments_alarm")
    assert told.payload["detail"].count("transaction:txn_") == 3


def test_a_finding_stays_open_long_after_its_time_has_been_read():
    bought()
    sandbox("platform/adjustment", {"amount": -7})
    reconcile()
    reconcile(minutes_later=60 * 24 * 3)
    reconcile(minutes_later=60 * 24 * 3 + 60)
    assert len(found()) == 1


def test_refunds_and_payments_that_nobody_told_us_of_are_booked():
    known, unknown = bought(), ordered(UserFactory(), published_listing())
    charge = Payment.objects.get(order=known).stripe_charge_id
    stripe_post("refunds", f"charge={charge}&amount=250")
    pay(unknown)
    reconcile()
    assert found() == []
    assert Refund.objects.get().amount == 250
    unknown.refresh_from_db()
    assert unknown.status == "paid"


def test_a_fee_that_was_not_known_is_booked():
    order = bought()
    payment = Payment.objects.get(order=order)
    assert payment.processing_fee_amount == 59


def test_a_refund_that_failed_before_it_was_booked_moved_money_there_and_back():
    order = bought()
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    payment_intent = refund.payment.stripe_payment_intent_id
    made = stripe_post("refunds", f"payment_intent={payment_intent}&metadata[refund_id]={refund.pk}")
    sandbox(f"refunds/{made['id']}/fail", {})
    payment_refunds_sync(payment_intent_id=payment_intent)
    assert not Journal.objects.filter(kind=JournalKind.REFUND).exists()
    reconcile()
    assert found() == []


def test_a_charge_of_another_program_on_the_account_is_found(stripe_sandbox):
    bought()
    session = stripe_post(
        "checkout/sessions",
        "mode=payment&success_url=https://example.com/&line_items[0][quantity]=1"
        "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=500"
        "&line_items[0][price_data][product_data][name]=Other",
    )
    sandbox(f"checkout/{session['id']}/pay", {"card": "4242424242424242"})
    reconcile()
    assert [kind for kind, _ in found()] == ["transaction_unexplained"]
