"""Refunds in full, in part, too much, and those that come back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from .process import SandboxProcess
from .shop import Shop


@pytest.fixture
def charge(shop: Shop, sandbox: SandboxProcess) -> stripe.Charge:
    """A paid charge of $10."""
    session = shop.open_session(1000)
    sandbox.pay(session.id)
    return shop.charge_of(session.id)


def test_a_partial_refund_leaves_the_rest(shop: Shop, charge: stripe.Charge) -> None:
    refund = shop.client.v1.refunds.create(
        {"charge": charge.id, "amount": 400, "reason": "requested_by_customer", "metadata": {"row": "7"}}
    )

    after = shop.client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (refund.status, refund.amount) == ("succeeded", 400)
    assert (after.amount_refunded, after.refunded) == (400, False)
    assert after.refunds is not None
    assert [item.id for item in after.refunds.data] == [refund.id]


def test_a_refund_without_amount_gives_all_that_is_left(shop: Shop, charge: stripe.Charge) -> None:
    shop.client.v1.refunds.create({"charge": charge.id, "amount": 400})

    refund = shop.client.v1.refunds.create({"payment_intent": str(charge.payment_intent)})

    assert refund.amount == 600
    assert shop.client.v1.charges.retrieve(charge.id).refunded


def test_more_than_is_left_is_refused(shop: Shop, charge: stripe.Charge) -> None:
    shop.client.v1.refunds.create({"charge": charge.id, "amount": 700})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"charge": charge.id, "amount": 301})

    assert caught.value.param == "amount"
    assert "($3.01) is greater than unrefunded amount on charge ($3.00)" in str(caught.value)


def test_a_charge_refunded_in_full_says_so(shop: Shop, charge: stripe.Charge) -> None:
    shop.client.v1.refunds.create({"charge": charge.id})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"charge": charge.id, "amount": 1})

    assert caught.value.code == "charge_already_refunded"


def test_parallel_refunds_never_exceed_the_charge(shop: Shop, charge: stripe.Charge) -> None:
    def refund(_: int) -> int:
        try:
            return shop.client.v1.refunds.create({"charge": charge.id, "amount": 300}).amount
        except stripe.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(10) as pool:
        amounts = list(pool.map(refund, range(10)))

    assert sorted(amounts) == [0] * 7 + [300] * 3


def test_a_refund_is_told_by_two_events_with_former_values(shop: Shop, charge: stripe.Charge) -> None:
    refund = shop.client.v1.refunds.create({"charge": charge.id, "amount": 250})

    told = shop.events(types=["refund.created", "charge.refunded"])[:2]

    assert [event.type for event in told] == ["charge.refunded", "refund.created"]
    assert told[1].data.object.to_dict()["id"] == refund.id
    previous = told[0].data.previous_attributes
    assert previous is not None
    assert previous.to_dict() == {"amount_refunded": 0, "refunded": False}


def test_a_failed_refund_gives_the_charge_its_amount_back(
    shop: Shop, sandbox: SandboxProcess, charge: stripe.Charge
) -> None:
    refund = shop.client.v1.refunds.create({"charge": charge.id})

    sandbox.control(f"refunds/{refund.id}/fail")

    failed = shop.client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert failed.failure_balance_transaction.net == 1000
    after = shop.client.v1.charges.retrieve(charge.id)
    assert (after.amount_refunded, after.refunded) == (0, False)


def test_a_refund_may_fail_because_a_dispute_overtook_it(
    shop: Shop, sandbox: SandboxProcess, charge: stripe.Charge
) -> None:
    refund = shop.client.v1.refunds.create({"charge": charge.id, "amount": 100})

    sandbox.control(f"refunds/{refund.id}/fail", {"reason": "charge_for_pending_refund_disputed"})

    failed = shop.client.v1.refunds.retrieve(refund.id)
    assert failed.failure_reason == "charge_for_pending_refund_disputed"


def test_refunds_are_listed_by_intent(shop: Shop, charge: stripe.Charge) -> None:
    first = shop.client.v1.refunds.create({"charge": charge.id, "amount": 100})
    second = shop.client.v1.refunds.create({"charge": charge.id, "amount": 200})

    listed = shop.client.v1.refunds.list({"payment_intent": str(charge.payment_intent)}).data

    assert [refund.id for refund in listed] == [second.id, first.id]
