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


@pytest.fixture
def rich_shop(own_shop: Shop, own_sandbox: SandboxProcess) -> Shop:
    """A shop that has 9,680 cents available."""
    own_sandbox.pay(own_shop.open_session(10_000).id, card="4000000000000077")
    return own_shop


def available(shop: Shop) -> int:
    return shop.client.v1.balance.retrieve().available[0].amount


@pytest.mark.parametrize(("body", "amount"), [({}, 9680), ({"amount": 5000}, 5000)])
def test_stripe_pays_the_platform_out(
    rich_shop: Shop, own_sandbox: SandboxProcess, body: dict[str, int], amount: int
) -> None:
    payout_id = own_sandbox.control("platform/payout", body)["id"]

    payout = rich_shop.client.v1.payouts.retrieve(payout_id, {"expand": ["balance_transaction"]})
    assert (payout.amount, payout.status) == (amount, "paid")
    movement = payout.balance_transaction
    assert isinstance(movement, stripe.BalanceTransaction)
    assert (movement.type, movement.net, movement.source) == ("payout", -amount, payout.id)
    assert available(rich_shop) == 9680 - amount
    told = rich_shop.events(type="payout.*")
    assert [(event.type, event.to_dict().get("account")) for event in told] == [
        ("payout.paid", None),
        ("payout.created", None),
    ]
    assert [each.id for each in rich_shop.client.v1.payouts.list().data] == [payout.id]


def test_a_refused_payout_brings_the_money_back(rich_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("platform/payout", {"outcome": "failed"})

    assert available(rich_shop) == 9680
    newest = rich_shop.client.v1.balance_transactions.list({"limit": 2}).data
    assert [(item.type, item.net) for item in newest] == [("payout_failure", 9680), ("payout", -9680)]


def test_the_platform_cannot_be_paid_more_than_it_has(rich_shop: Shop, own_sandbox: SandboxProcess) -> None:
    assert own_sandbox.request("POST", "platform/payout", {"amount": 9681})[0] == 409


@pytest.mark.parametrize(
    ("control", "amount", "type", "category", "net"),
    [
        ("platform/fee", 250, "stripe_fee", "fee", -250),
        ("platform/adjustment", 300, "adjustment", "other_adjustment", 300),
        ("platform/adjustment", -300, "adjustment", "other_adjustment", -300),
    ],
)
def test_fees_and_adjustments_change_the_balance_without_a_source(
    rich_shop: Shop,
    own_sandbox: SandboxProcess,
    control: str,
    amount: int,
    type: str,
    category: str,
    net: int,
) -> None:
    own_sandbox.control(control, {"amount": amount})

    (movement, _) = rich_shop.client.v1.balance_transactions.list({"expand": ["data.source"]}).data
    assert (movement.type, movement.reporting_category) == (type, category)
    assert (movement.amount, movement.fee, movement.net, movement.source) == (net, 0, net, None)
    assert available(rich_shop) == 9680 + net


@pytest.mark.parametrize(
    ("control", "body"),
    [
        ("platform/fee", {}),
        ("platform/fee", {"amount": -1}),
        ("platform/adjustment", {"amount": 0}),
        ("platform/adjustment", {"amount": 1.5}),
        ("platform/payout", {"sum": 1}),
    ],
)
def test_a_senseless_amount_is_refused(
    sandbox: SandboxProcess, control: str, body: dict[str, object]
) -> None:
    assert sandbox.request("POST", control, body)[0] == 400
