"""Fees, and the balance that the movements add up to."""

from typing import Any

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


def test_a_clock_moved_back_makes_money_wait_again(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.pay(own_shop.open_session(1000).id)
    own_sandbox.control("clock", {"advance": 3 * 24 * 3600})
    assert own_shop.client.v1.balance.retrieve().available[0].amount == 941

    own_sandbox.control("clock", {"advance": -2 * 24 * 3600})

    balance = own_shop.client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 941)


def test_movements_are_listed_by_time_type_and_source_with_what_they_are_of(
    own_shop: Shop, own_sandbox: SandboxProcess
) -> None:
    session = own_shop.open_session(1000)
    own_sandbox.pay(session.id)
    charge = own_shop.charge_of(session.id)
    own_sandbox.control("clock", {"advance": 3600})
    refund = own_shop.client.v1.refunds.create({"charge": charge.id, "amount": 100})
    own_sandbox.control(f"charges/{charge.id}/dispute")
    movements = own_shop.client.v1.balance_transactions

    def kinds(**params: Any) -> list[str]:
        return [item.type for item in movements.list(params).data]  # type: ignore[arg-type]

    assert kinds() == ["adjustment", "refund", "charge"]
    assert kinds(created={"gte": refund.created}) == ["adjustment", "refund"]
    assert kinds(created={"lt": refund.created}) == ["charge"]
    assert kinds(type="refund") == kinds(source=refund.id) == ["refund"]
    assert kinds(currency="eur") == []
    whole = movements.list({"expand": ["data.source"]}).data
    assert [item.source.object for item in whole] == ["dispute", "refund", "charge"]  # type: ignore[union-attr]


def test_a_dispute_as_source_finds_nothing_as_at_stripe(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(1000)
    charge = sandbox.pay(session.id)["charge"]
    dispute = sandbox.control(f"charges/{charge}/dispute")

    listed = shop.client.v1.balance_transactions.list({"source": dispute["id"]}).data

    assert listed == []
    assert shop.client.v1.disputes.retrieve(dispute["id"]).balance_transactions[0].source == dispute["id"]
