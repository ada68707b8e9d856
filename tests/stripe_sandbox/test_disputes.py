"""Inquiries and disputes: their states, their events, and the money that follows them."""

import pytest
import stripe

from .disputing import charged, disputed, movements, types_about
from .process import SandboxProcess
from .shop import Shop


def refuses_refund(shop: Shop, charge: str) -> bool:
    """Say whether a refund of the charge is refused because of a dispute; makes one of a cent otherwise."""
    try:
        shop.client.v1.refunds.create({"charge": charge, "amount": 1})
    except stripe.InvalidRequestError as error:
        return error.code == "charge_disputed"
    return False


# --- Disputes ------------------------------------------------------------------------------------


def test_a_dispute_takes_the_amount_and_fifteen_dollars(shop: Shop, dispute: stripe.Dispute) -> None:
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "product_not_received",
        2000,
    )
    (withdrawal,) = dispute.balance_transactions
    assert (withdrawal.amount, withdrawal.fee, withdrawal.net) == (-2000, 1500, -3500)
    assert (withdrawal.type, withdrawal.reporting_category) == ("adjustment", "dispute")
    assert not dispute.is_charge_refundable
    assert types_about(shop, dispute.id) == ["created", "funds_withdrawn"]


def test_a_won_dispute_returns_the_amount_and_keeps_the_fee(
    shop: Shop, sandbox: SandboxProcess, dispute: stripe.Dispute
) -> None:
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "won"})

    won = shop.client.v1.disputes.retrieve(dispute.id)

    assert won.status == "won"
    assert movements(won) == [(-2000, 1500), (2000, 0)]
    assert won.balance_transactions[1].reporting_category == "dispute_reversal"
    assert types_about(shop, dispute.id) == ["created", "funds_withdrawn", "funds_reinstated", "closed"]


def test_a_lost_dispute_returns_nothing_and_stays_closed(
    shop: Shop, sandbox: SandboxProcess, dispute: stripe.Dispute
) -> None:
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "lost"})

    lost = shop.client.v1.disputes.retrieve(dispute.id)
    assert (lost.status, movements(lost)) == ("lost", [(-2000, 1500)])
    assert sandbox.request("POST", f"disputes/{dispute.id}/close", {"outcome": "won"})[0] == 400
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        shop.client.v1.disputes.update(dispute.id, {"metadata": {"late": "1"}})
    assert types_about(shop, dispute.id)[-1] == "closed"


def test_the_money_may_be_withdrawn_later(shop: Shop, sandbox: SandboxProcess, charge: str) -> None:
    opened = disputed(shop, sandbox, charge, withdraw=False)
    assert (opened.status, movements(opened)) == ("needs_response", [])

    sandbox.control(f"disputes/{opened.id}/withdraw")

    assert movements(shop.client.v1.disputes.retrieve(opened.id)) == [(-2000, 1500)]
    assert sandbox.request("POST", f"disputes/{opened.id}/withdraw", {})[0] == 409
    assert types_about(shop, opened.id) == ["created", "funds_withdrawn"]


def test_the_money_may_come_back_later(shop: Shop, sandbox: SandboxProcess, dispute: stripe.Dispute) -> None:
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "won", "reinstate": False})
    assert movements(shop.client.v1.disputes.retrieve(dispute.id)) == [(-2000, 1500)]

    sandbox.control(f"disputes/{dispute.id}/reinstate")

    assert movements(shop.client.v1.disputes.retrieve(dispute.id)) == [(-2000, 1500), (2000, 0)]
    assert sandbox.request("POST", f"disputes/{dispute.id}/reinstate", {})[0] == 409
    assert types_about(shop, dispute.id) == ["created", "funds_withdrawn", "closed", "funds_reinstated"]


def test_a_dispute_won_before_its_money_was_taken_moves_none(
    shop: Shop, sandbox: SandboxProcess, charge: str
) -> None:
    opened = disputed(shop, sandbox, charge, withdraw=False)

    sandbox.control(f"disputes/{opened.id}/close", {"outcome": "won"})

    assert movements(shop.client.v1.disputes.retrieve(opened.id)) == []
    assert sandbox.request("POST", f"disputes/{opened.id}/withdraw", {})[0] == 409


def test_a_part_may_be_disputed(shop: Shop, sandbox: SandboxProcess, charge: str) -> None:
    part = disputed(shop, sandbox, charge, amount=700)

    assert (part.amount, movements(part)) == (700, [(-700, 1500)])
    assert sandbox.request("POST", f"charges/{charge}/dispute", {"amount": 2001})[0] == 409


@pytest.mark.parametrize("refunded", [500, 2000])
def test_a_refunded_charge_may_be_disputed_all_the_same(
    shop: Shop, sandbox: SandboxProcess, charge: str, refunded: int
) -> None:
    shop.client.v1.refunds.create({"charge": charge, "amount": refunded})

    opened = disputed(shop, sandbox, charge)

    assert (opened.amount, movements(opened)) == (2000, [(-2000, 1500)])


def test_a_charge_has_one_open_dispute_at_a_time_and_may_have_another_later(
    shop: Shop, sandbox: SandboxProcess, charge: str, dispute: stripe.Dispute
) -> None:
    assert sandbox.request("POST", f"charges/{charge}/dispute", {})[0] == 409
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "won"})

    second = disputed(shop, sandbox, charge, amount=300)

    listed = shop.client.v1.disputes.list({"charge": charge}).data
    assert [(each.id, each.status) for each in listed] == [
        (second.id, "needs_response"),
        (dispute.id, "won"),
    ]


def test_the_cards_for_disputes_open_them(shop: Shop, sandbox: SandboxProcess) -> None:
    opened = {}
    for card in ("4000000000000259", "4000000000002685", "4000000000001976"):
        charge = charged(shop, sandbox, card=card)
        (only,) = shop.client.v1.disputes.list({"charge": charge}).data
        opened[only.reason, only.status] = len(only.balance_transactions)

    assert opened == {
        ("fraudulent", "needs_response"): 1,
        ("product_not_received", "needs_response"): 1,
        ("fraudulent", "warning_needs_response"): 0,
    }


# --- Refunds of disputed charges -----------------------------------------------------------------


def test_refunds_are_refused_while_a_dispute_is_open_and_after_it_is_lost(
    shop: Shop, sandbox: SandboxProcess, charge: str, dispute: stripe.Dispute
) -> None:
    assert refuses_refund(shop, charge)

    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "lost"})

    assert refuses_refund(shop, charge)
    assert not shop.client.v1.disputes.retrieve(dispute.id).is_charge_refundable


def test_refunds_are_taken_again_after_a_dispute_is_won(
    shop: Shop, sandbox: SandboxProcess, charge: str, dispute: stripe.Dispute
) -> None:
    sandbox.control(f"disputes/{dispute.id}/close", {"outcome": "won"})

    assert shop.client.v1.disputes.retrieve(dispute.id).is_charge_refundable
    assert not refuses_refund(shop, charge)
    assert shop.client.v1.charges.retrieve(charge).disputed


# --- Inquiries -----------------------------------------------------------------------------------


def test_an_inquiry_takes_no_money_and_leaves_the_charge_refundable(
    shop: Shop, charge: str, inquiry: stripe.Dispute
) -> None:
    assert (inquiry.status, movements(inquiry)) == ("warning_needs_response", [])
    assert inquiry.is_charge_refundable
    details = inquiry.payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.case_type == "inquiry"
    assert not refuses_refund(shop, charge)
    assert types_about(shop, inquiry.id) == ["created"]


def test_evidence_puts_an_inquiry_under_review_and_the_bank_then_lets_it_rest(
    shop: Shop, sandbox: SandboxProcess, inquiry: stripe.Dispute
) -> None:
    answered = shop.client.v1.disputes.update(inquiry.id, {"evidence": {"customer_name": "Ada"}})
    assert answered.status == "warning_under_review"

    sandbox.control(f"disputes/{inquiry.id}/close", {"outcome": "won"})

    assert shop.client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"
    assert types_about(shop, inquiry.id) == ["created", "updated", "closed"]


def test_an_escalated_inquiry_is_a_dispute_with_its_money(
    shop: Shop, sandbox: SandboxProcess, charge: str, inquiry: stripe.Dispute
) -> None:
    sandbox.control(f"disputes/{inquiry.id}/escalate")

    escalated = shop.client.v1.disputes.retrieve(inquiry.id)
    assert (escalated.status, movements(escalated)) == ("needs_response", [(-2000, 1500)])
    assert not escalated.is_charge_refundable
    assert refuses_refund(shop, charge)
    assert types_about(shop, inquiry.id) == ["created", "updated", "funds_withdrawn"]
    assert sandbox.request("POST", f"disputes/{inquiry.id}/escalate", {})[0] == 409


def test_an_escalation_takes_the_whole_amount_whatever_was_refunded(
    shop: Shop, sandbox: SandboxProcess, charge: str, inquiry: stripe.Dispute
) -> None:
    shop.client.v1.refunds.create({"charge": charge, "amount": 500})

    sandbox.control(f"disputes/{inquiry.id}/escalate", {"withdraw": False})
    sandbox.control(f"disputes/{inquiry.id}/withdraw")

    assert movements(shop.client.v1.disputes.retrieve(inquiry.id)) == [(-2000, 1500)]


def test_a_full_refund_ends_an_inquiry_and_a_partial_one_does_not(
    shop: Shop, charge: str, inquiry: stripe.Dispute
) -> None:
    shop.client.v1.refunds.create({"charge": charge, "amount": 1500})
    assert shop.client.v1.disputes.retrieve(inquiry.id).status == "warning_needs_response"

    shop.client.v1.refunds.create({"charge": charge})

    ended = shop.client.v1.disputes.retrieve(inquiry.id)
    assert (ended.status, ended.is_charge_refundable) == ("warning_closed", False)
    assert types_about(shop, inquiry.id) == ["created", "closed"]


def test_an_inquiry_is_not_withdrawn_from(
    shop: Shop, sandbox: SandboxProcess, inquiry: stripe.Dispute
) -> None:
    assert sandbox.request("POST", f"disputes/{inquiry.id}/withdraw", {})[0] == 409
    assert shop.client.v1.disputes.close(inquiry.id).status == "warning_closed"
