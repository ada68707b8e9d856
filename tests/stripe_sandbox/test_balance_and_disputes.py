"""Fees, the balance, and disputes with the money that follows them."""

import pytest
import stripe

from .process import SandboxProcess
from .shop import Shop


@pytest.mark.parametrize(("amount", "fee"), [(300, 39), (499, 44), (999, 59), (5000, 175)])
def test_a_card_costs_two_point_nine_percent_and_thirty_cents(
    shop: Shop, sandbox: SandboxProcess, amount: int, fee: int
) -> None:
    session = shop.open_session(amount)
    sandbox.pay(session.id)

    movement = shop.charge_of(session.id).balance_transaction

    assert isinstance(movement, stripe.BalanceTransaction)
    assert (movement.amount, movement.fee, movement.net) == (amount, fee, amount - fee)
    assert (movement.type, movement.status) == ("charge", "pending")
    assert movement.available_on - movement.created == 2 * 24 * 3600


def test_the_balance_is_the_sum_of_its_movements(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    first, second = own_shop.open_session(1000), own_shop.open_session(2000)
    own_sandbox.pay(first.id)
    own_sandbox.pay(second.id)
    own_shop.client.v1.refunds.create({"charge": own_shop.charge_of(first.id).id, "amount": 500})

    balance = own_shop.client.v1.balance.retrieve()
    movements = own_shop.client.v1.balance_transactions.list({"limit": 100}).data

    assert balance.pending[0].amount == (1000 - 59) + (2000 - 88)
    assert balance.available[0].amount == -500
    assert balance.pending[0].amount + balance.available[0].amount == sum(item.net for item in movements)


def test_money_becomes_available_after_two_days(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.pay(own_shop.open_session(1000).id)

    own_sandbox.control("clock", {"advance": 2 * 24 * 3600})

    balance = own_shop.client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (941, 0)
    assert own_shop.client.v1.balance_transactions.list().data[0].status == "available"


def test_refunds_cost_no_fee_and_return_none(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(1000)
    sandbox.pay(session.id)

    refund = shop.client.v1.refunds.create(
        {"charge": shop.charge_of(session.id).id, "expand": ["balance_transaction"]}
    )

    assert isinstance(refund.balance_transaction, stripe.BalanceTransaction)
    assert (refund.balance_transaction.net, refund.balance_transaction.fee) == (-1000, 0)
    listed = shop.client.v1.balance_transactions.list({"source": refund.id}).data
    assert [movement.id for movement in listed] == [refund.balance_transaction.id]


@pytest.fixture
def dispute(shop: Shop, sandbox: SandboxProcess) -> stripe.Dispute:
    """An open dispute over $20."""
    session = shop.open_session(2000)
    charge = sandbox.pay(session.id)["charge"]
    opened = sandbox.control(f"charges/{charge}/dispute", {"reason": "product_not_received"})
    return shop.client.v1.disputes.retrieve(opened["id"])


def test_a_dispute_takes_the_amount_and_fifteen_dollars(dispute: stripe.Dispute) -> None:
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "product_not_received",
        2000,
    )
    (withdrawal,) = dispute.balance_transactions
    assert (withdrawal.amount, withdrawal.fee, withdrawal.net) == (-2000, 1500, -3500)


def test_a_won_dispute_returns_the_amount_and_keeps_the_fee(
    shop: Shop, sandbox: SandboxProcess, dispute: stripe.Dispute
) -> None:
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "won"})

    won = shop.client.v1.disputes.retrieve(dispute.id)

    assert won.status == "won"
    assert [movement.net for movement in won.balance_transactions] == [-3500, 2000]
    assert _types_about(shop, dispute.id) == [
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.created",
    ]


def test_a_lost_dispute_returns_nothing_and_stays_closed(
    shop: Shop, sandbox: SandboxProcess, dispute: stripe.Dispute
) -> None:
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "lost"})

    assert shop.client.v1.disputes.retrieve(dispute.id).status == "lost"
    assert sandbox.request("POST", f"disputes/{dispute.id}/close", {"outcome": "won"})[0] == 400
    assert _types_about(shop, dispute.id)[0] == "charge.dispute.closed"


@pytest.mark.parametrize(("words", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_stripes_own_test_words_decide_a_dispute(
    shop: Shop, dispute: stripe.Dispute, words: str, status: str
) -> None:
    decided = shop.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}})

    assert decided.status == status
    assert "charge.dispute.updated" in _types_about(shop, dispute.id)


def test_evidence_puts_a_dispute_under_review(shop: Shop, dispute: stripe.Dispute) -> None:
    answered = shop.client.v1.disputes.update(dispute.id, {"evidence": {"product_description": "A prompt."}})

    assert answered.status == "under_review"
    assert answered.evidence_details.has_evidence


def test_giving_up_loses_a_dispute(shop: Shop, dispute: stripe.Dispute) -> None:
    assert shop.client.v1.disputes.close(dispute.id).status == "lost"


def _types_about(shop: Shop, object_id: str) -> list[str]:
    return [event.type for event in shop.events() if event.data.object.to_dict()["id"] == object_id]
