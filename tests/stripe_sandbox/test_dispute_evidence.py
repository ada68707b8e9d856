"""The evidence that a dispute takes, and what becomes of it."""

from typing import Any

import pytest
import stripe

from .disputing import charged, disputed, movements, types_about
from .process import SandboxProcess
from .shop import Shop


@pytest.mark.parametrize(("words", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_stripes_own_test_words_decide_a_dispute(
    shop: Shop, dispute: stripe.Dispute, words: str, status: str
) -> None:
    decided = shop.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}})

    assert decided.status == status
    assert "updated" in types_about(shop, dispute.id)


def test_stripes_own_test_words_escalate_an_inquiry(shop: Shop, inquiry: stripe.Dispute) -> None:
    words = {"uncategorized_text": "escalate_inquiry_evidence"}

    escalated = shop.client.v1.disputes.update(inquiry.id, {"evidence": words})  # type: ignore[typeddict-item]

    assert (escalated.status, movements(escalated)) == ("needs_response", [(-2000, 1500)])


def test_evidence_puts_a_dispute_under_review_and_the_event_names_what_changed(
    shop: Shop, dispute: stripe.Dispute
) -> None:
    answered = shop.client.v1.disputes.update(dispute.id, {"evidence": {"product_description": "A prompt."}})

    assert answered.status == "under_review"
    assert answered.evidence_details.has_evidence
    assert answered.evidence_details.submission_count == 1
    (event,) = shop.events(type="charge.dispute.updated")[:1]
    previous = event.data.previous_attributes
    assert previous is not None
    assert set(previous.to_dict()) == {"status", "evidence", "evidence_details"}
    assert previous.to_dict()["evidence"] == {"product_description": None}


def test_staged_evidence_waits_until_it_is_submitted(shop: Shop, dispute: stripe.Dispute) -> None:
    disputes = shop.client.v1.disputes
    staged = disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert staged.evidence.customer_name == "Ada"

    disputes.update(dispute.id, {"evidence": {"service_date": "3 May"}})

    submitted = disputes.retrieve(dispute.id)
    assert (submitted.status, submitted.evidence.customer_name) == ("under_review", "Ada")


def test_evidence_is_due_at_the_end_of_the_eighth_day(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    opened = disputed(own_shop, own_sandbox, charged(own_shop, own_sandbox))
    due_by = opened.evidence_details.due_by
    assert due_by is not None
    assert (due_by + 1) % 86400 == 0
    assert 8 * 86400 <= due_by - opened.created < 9 * 86400

    own_sandbox.control("clock", {"advance": 10 * 86400})
    late = own_shop.client.v1.disputes.update(opened.id, {"evidence": {"customer_name": "Ada"}})

    assert late.evidence_details.past_due


@pytest.mark.parametrize(
    ("evidence", "param"),
    [
        ({"product_description": "x" * 20_001}, "evidence[product_description]"),
        ({"customer_name": "x" * 5_001}, "evidence[customer_name]"),
        ({"receipt": "file_123"}, "evidence[receipt]"),
    ],
)
def test_evidence_that_stripe_would_not_take_is_refused(
    shop: Shop, dispute: stripe.Dispute, evidence: Any, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.disputes.update(dispute.id, {"evidence": evidence})

    assert caught.value.param == param
    assert shop.client.v1.disputes.retrieve(dispute.id).status == "needs_response"


def test_the_evidence_together_is_limited_also_with_what_was_staged(
    shop: Shop, dispute: stripe.Dispute
) -> None:
    long = [name for name in dispute.evidence.to_dict() if name in _LONG]
    staged: Any = {name: "x" * 20_000 for name in long[:7]}
    shop.client.v1.disputes.update(dispute.id, {"evidence": staged, "submit": False})

    with pytest.raises(stripe.InvalidRequestError, match="150,000"):
        shop.client.v1.disputes.update(dispute.id, {"evidence": {long[7]: "x" * 10_001}})  # type: ignore[misc]


_LONG = {
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "uncategorized_text",
}


def test_a_network_takes_only_so_many_pages(shop: Shop, sandbox: SandboxProcess) -> None:
    opened = disputed(shop, sandbox, charged(shop, sandbox, card="5555555555554444"))
    pages: Any = {name: "x" * 20_000 for name in sorted(_LONG)[:3]}

    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.disputes.update(opened.id, {"evidence": pages})

    assert caught.value.code == "dispute_evidence_page_limit_exceeded"


def test_giving_up_loses_a_dispute(shop: Shop, dispute: stripe.Dispute) -> None:
    assert shop.client.v1.disputes.close(dispute.id).status == "lost"
