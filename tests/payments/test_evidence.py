"""Answering a bank: from our own records, never with the prompt's text, once, and in time."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from common import clock
from common.errors import Conflict
from common.models import OutboxMessage
from payments.models import (
    Delivery,
    Dispute,
    DisputeEvidence,
    DisputeStatus,
    Entitlement,
    Order,
    RefundReason,
    TextAccess,
)
from payments.services import checkout_return, entitlement_open, refund_request
from payments.services.disputes import dispute_sync
from payments.services.evidence import (
    disputes_to_answer_now,
    evidence_draft,
    evidence_note_update,
    evidence_request,
    evidence_send_in_time,
    evidence_submit,
)
from payments.services.evidence_texts import FIELD_LIMIT, LOG_LIMIT
from payments.services.reading import accesses_forget
from payments.services.refunds import refund_send
from payments.tasks import disputes_sweep, evidence_sweep
from tests.factories import UserFactory
from tests.payments.disputing import alarms, bank, bank_disputes, disputed, intent_of
from tests.payments.support import ordered, pay, published_listing, sandbox, stripe_get

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

CANARY = "canary-of-the-prompt-c0ffee"


def bought_secret() -> Order:
    buyer = UserFactory(email="bob@example.test")
    listing = published_listing(price_amount=999, text=f"{CANARY} {{{{topic}}}}", summary="Writes minutes.")
    order = ordered(buyer, listing)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def opened(order: Order, via: str = "page", address: str | None = "203.0.113.7") -> None:
    entitlement = Entitlement.objects.get(item__order=order)
    entitlement_open(entitlement=entitlement, via=via, address=address)


def drafted(order: Order, **terms: object) -> Dispute:
    dispute = disputed(order, **terms)
    evidence_draft(dispute_pk=dispute.pk)
    return dispute


def at_stripe(dispute: Dispute) -> dict:
    return stripe_get(f"disputes/{dispute.stripe_dispute_id}")


# --- What is said --------------------------------------------------------------------------------


def test_the_draft_tells_delivery_access_and_receipt_and_never_the_text():
    order = bought_secret()
    Delivery.objects.update(receipt_sent_at=clock.now())
    opened(order)
    opened(order, via="api", address="2001:db8::5")
    refund_send(refund_id=refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=100).pk)
    fields = DisputeEvidence.objects.get(dispute=drafted(order)).fields
    item = order.items.get()
    assert item.title in fields["product_description"]
    assert "version 1" in fields["product_description"]
    assert "Writes minutes." in fields["product_description"]
    assert fields["service_date"] == f"{order.delivered_at:%Y-%m-%d}"
    assert fields["customer_email_address"] == "bob@example.test"
    for said in ("access granted", "receipt", "read on our site from 203.0.113.7", "from 2001:db8::5"):
        assert said in fields["access_activity_log"], said
    for said in (order.number, "$9.99", "Paid:", "Delivered:", "Refunded:", "$1.00"):
        assert said in fields["uncategorized_text"], said
    assert "a person decides" in fields["refund_policy_disclosure"]
    assert CANARY not in str(fields)


def test_the_draft_is_english_whatever_the_buyer_s_language():
    order = bought_secret()
    type(order.buyer).objects.filter(pk=order.buyer_id).update(language="fr")
    fields = DisputeEvidence.objects.get(dispute=drafted(order)).fields
    assert "$9.99" in fields["uncategorized_text"]
    assert "Personal licence" in fields["product_description"]


def test_a_long_log_is_cut_where_stripe_and_the_networks_still_take_it():
    order = bought_secret()
    entitlement = Entitlement.objects.get(item__order=order)
    today = clock.now()
    TextAccess.objects.bulk_create(
        TextAccess(
            entitlement=entitlement,
            day=today.date() - datetime.timedelta(days=n),
            via="api",
            address="203.0.113.7",
            first_at=today - datetime.timedelta(days=n),
        )
        for n in range(500)
    )
    dispute = drafted(order)
    evidence = DisputeEvidence.objects.get(dispute=dispute)
    log = evidence.fields["access_activity_log"]
    assert len(log) <= LOG_LIMIT + 100
    assert log.endswith("later entries.")
    evidence_note_update(evidence_pk=evidence.pk, note="n" * 5000, by=UserFactory())
    evidence_request(dispute_pk=dispute.pk, by=None)
    evidence_submit(evidence_pk=evidence.pk)
    assert at_stripe(dispute)["status"] == "under_review"
    assert all(len(text) <= FIELD_LIMIT for text in evidence.fields.values())


def test_a_surplus_payment_s_draft_says_that_it_delivered_nothing():
    order = bought_secret()
    dispute = disputed(order)
    type(dispute.payment).objects.filter(pk=dispute.payment_id).update(is_surplus=True)
    evidence_draft(dispute_pk=dispute.pk)
    fields = DisputeEvidence.objects.get(dispute=dispute).fields
    assert "delivered nothing" in fields["uncategorized_text"]
    assert "access_activity_log" not in fields


# --- Sending -------------------------------------------------------------------------------------


def test_staff_send_what_they_saw_once_with_their_note_first():
    order, staff = bought_secret(), UserFactory(staff=True)
    dispute = drafted(order)
    evidence = dispute.evidence
    evidence_note_update(evidence_pk=evidence.pk, note="The buyer wrote to us: all is well.", by=staff)
    evidence_request(dispute_pk=dispute.pk, by=staff)
    with pytest.raises(Conflict) as refused:
        evidence_request(dispute_pk=dispute.pk, by=staff)
    assert refused.value.code == "evidence_sent"
    evidence_submit(evidence_pk=evidence.pk)
    evidence_submit(evidence_pk=evidence.pk)
    told = at_stripe(dispute)
    assert (told["status"], told["evidence_details"]["submission_count"]) == ("under_review", 1)
    assert told["evidence"]["uncategorized_text"].startswith("The buyer wrote to us")
    assert dispute_sync(dispute_id=dispute.stripe_dispute_id).status == DisputeStatus.UNDER_REVIEW
    actions = AuditEntry.objects.filter(subject_type="disputeevidence").order_by("pk")
    assert [(entry.action, entry.actor) for entry in actions] == [
        ("evidence.drafted", None),
        ("evidence.note_changed", staff),
        ("evidence.requested", staff),
        ("evidence.submitted", staff),
    ]
    with pytest.raises(Conflict):
        evidence_note_update(evidence_pk=evidence.pk, note="Late.", by=staff)


def test_an_answer_whose_outcome_is_unknown_is_not_sent_twice():
    dispute = drafted(bought_secret())
    evidence = evidence_request(dispute_pk=dispute.pk, by=None)
    path = f"/v1/disputes/{dispute.stripe_dispute_id}"
    sandbox("faults", {"path": path, "method": "POST", "status": 500, "when": "after", "times": 2})
    evidence_submit(evidence_pk=evidence.pk)
    evidence.refresh_from_db()
    assert (evidence.submitted_at, evidence.stripe_attempt) == (None, 2)
    DisputeEvidence.objects.update(next_attempt_at=evidence.created_at - datetime.timedelta(days=1))
    evidence_sweep()
    evidence.refresh_from_db()
    assert evidence.submitted_at is not None
    assert at_stripe(dispute)["evidence_details"]["submission_count"] == 1


def test_a_request_whose_task_was_lost_is_found_by_the_sweeper():
    dispute = drafted(bought_secret())
    evidence_request(dispute_pk=dispute.pk, by=None)
    evidence_sweep()
    assert at_stripe(dispute)["status"] == "under_review"


def test_an_answer_that_stripe_refuses_can_be_changed_and_sent_again():
    dispute = drafted(bought_secret())
    evidence = evidence_request(dispute_pk=dispute.pk, by=None)
    too_much = dict.fromkeys([*evidence.fields, "shipping_address", "billing_address"], "x" * FIELD_LIMIT)
    DisputeEvidence.objects.update(fields=too_much)
    evidence_submit(evidence_pk=evidence.pk)
    evidence.refresh_from_db()
    assert (evidence.requested_at, evidence.submitted_at, evidence.stripe_attempt) == (None, None, 2)
    assert len(alarms("evidence_refused")) == 1
    evidence_draft(dispute_pk=dispute.pk)
    evidence_request(dispute_pk=dispute.pk, by=None)
    evidence_submit(evidence_pk=evidence.pk)
    assert at_stripe(dispute)["status"] == "under_review"


def test_an_answer_to_a_dispute_that_closed_meanwhile_is_not_counted_as_given():
    dispute = drafted(bought_secret())
    evidence = evidence_request(dispute_pk=dispute.pk, by=None)
    sandbox(f"disputes/{dispute.stripe_dispute_id}/close", {"outcome": "lost"})
    evidence_submit(evidence_pk=evidence.pk)
    evidence.refresh_from_db()
    assert evidence.submitted_at is None
    assert len(alarms("evidence_refused")) == 1
    dispute_sync(dispute_id=dispute.stripe_dispute_id)
    with pytest.raises(Conflict) as refused:
        evidence_request(dispute_pk=dispute.pk, by=None)
    assert refused.value.code == "evidence_not_wanted"


def test_an_inquiry_answered_once_is_answered_again_when_it_becomes_a_dispute():
    dispute = drafted(bought_secret(), inquiry=True)
    evidence = evidence_request(dispute_pk=dispute.pk, by=None)
    evidence_submit(evidence_pk=evidence.pk)
    assert at_stripe(dispute)["status"] == "warning_under_review"
    dispute = bank(dispute, "escalate")
    evidence.refresh_from_db()
    assert (evidence.requested_at, evidence.submitted_at) == (None, None)
    evidence_draft(dispute_pk=dispute.pk)
    evidence_request(dispute_pk=dispute.pk, by=None)
    evidence_submit(evidence_pk=evidence.pk)
    assert at_stripe(dispute)["status"] == "under_review"


# --- In time -------------------------------------------------------------------------------------


def hours_left(dispute: Dispute, hours: float) -> None:
    """Have the deadline so many hours ahead; Stripe's own stays where it was."""
    Dispute.objects.filter(pk=dispute.pk).update(
        evidence_due_at=clock.now() + datetime.timedelta(hours=hours)
    )


def test_what_nobody_sent_is_sent_a_day_before_the_deadline():
    dispute = drafted(bought_secret())
    hours_left(dispute, 25)
    assert disputes_to_answer_now() == []
    hours_left(dispute, 23)
    assert disputes_to_answer_now() == [dispute.pk]
    evidence_in_time()
    evidence = DisputeEvidence.objects.get(dispute=dispute)
    assert evidence.requested_by is None
    assert at_stripe(dispute)["status"] == "under_review"
    assert disputes_to_answer_now() == []


def evidence_in_time() -> None:
    """As the sweepers do it, without asking Stripe about its deadlines first."""
    for dispute_pk in disputes_to_answer_now():
        evidence_send_in_time(dispute_pk=dispute_pk)
    evidence_sweep()


def test_a_dispute_whose_draft_was_lost_is_drafted_and_answered_by_the_sweeper(settings):
    dispute = disputed(bought_secret())
    settings.DISPUTE_EVIDENCE_AUTO_HOURS = 24 * 30
    disputes_sweep()
    evidence_sweep()
    assert at_stripe(dispute)["status"] == "under_review"


def test_a_draft_whose_task_was_lost_is_written_by_the_sweeper_and_not_sent():
    dispute = disputed(bought_secret())
    disputes_sweep()
    evidence = DisputeEvidence.objects.get(dispute=dispute)
    assert (evidence.requested_at, "uncategorized_text" in evidence.fields) == (None, True)


def test_nothing_is_sent_by_itself_where_nothing_was_delivered(settings):
    dispute = disputed(bought_secret())
    type(dispute.payment).objects.filter(pk=dispute.payment_id).update(is_surplus=True)
    settings.DISPUTE_EVIDENCE_AUTO_HOURS = 24 * 30
    evidence_in_time()
    evidence_in_time()
    assert at_stripe(dispute)["status"] == "needs_response"
    assert len(alarms("evidence_due")) == 1


# --- The access log ------------------------------------------------------------------------------


def test_opening_is_counted_by_day_way_and_address():
    order = bought_secret()
    for via, address in [("page", "203.0.113.7")] * 3 + [("page", None)] * 2 + [("api", "203.0.113.7")]:
        opened(order, via, address)
    rows = TextAccess.objects.order_by("pk").values_list("via", "address", "count")
    assert list(rows) == [("page", "203.0.113.7", 3), ("page", None, 2), ("api", "203.0.113.7", 1)]
    assert TextAccess.objects.filter(first_at__lte=clock.now()).count() == 3


def test_the_access_log_is_forgotten_after_540_days(settings):
    order = bought_secret()
    opened(order, "page")
    opened(order, "api")
    TextAccess.objects.filter(via="api").update(last_at=clock.now() - datetime.timedelta(days=541))
    TextAccess.objects.filter(via="page").update(last_at=clock.now() - datetime.timedelta(days=539))
    assert accesses_forget() == 1
    assert TextAccess.objects.get().via == "page"


# --- In the admin --------------------------------------------------------------------------------


def staff_client(*permissions: str) -> Client:
    staff = UserFactory(staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(staff)
    return client


ANSWERING = ("view_dispute", "change_dispute", "view_disputeevidence", "change_disputeevidence")


def test_staff_read_the_dispute_write_the_note_and_send_it_from_the_admin():
    order = bought_secret()
    dispute = drafted(order)
    client = staff_client(*ANSWERING)
    page = client.get(reverse("admin:payments_dispute_change", args=[dispute.pk])).content.decode()
    assert dispute.stripe_dispute_id in page
    evidence_page = reverse("admin:payments_disputeevidence_change", args=[dispute.evidence.pk])
    shown = client.get(evidence_page).content.decode()
    assert order.number in shown
    assert CANARY not in shown + page
    assert client.post(evidence_page, {"note": "Our words."}).status_code == 302
    listing = reverse("admin:payments_dispute_changelist")
    client.post(listing, {"action": "evidence_draft_again", "_selected_action": [dispute.pk]})
    client.post(listing, {"action": "evidence_send", "_selected_action": [dispute.pk]})
    evidence = DisputeEvidence.objects.get()
    assert (evidence.note, evidence.requested_at is None) == ("Our words.", False)
    assert client.post(evidence_page, {"note": "Too late."}).status_code == 403


def test_staff_without_the_right_may_look_and_not_answer():
    dispute = drafted(bought_secret())
    client = staff_client("view_dispute")
    listing = reverse("admin:payments_dispute_changelist")
    assert client.get(listing).status_code == 200
    client.post(listing, {"action": "evidence_send", "_selected_action": [dispute.pk]})
    assert DisputeEvidence.objects.get().requested_at is None


def test_staff_are_told_of_an_opening_with_its_deadline():
    order = bought_secret()
    bank_id = bank_disputes(intent_of(order))
    dispute = dispute_sync(dispute_id=bank_id)
    (detail,) = alarms("dispute_opened")
    assert order.number in detail
    assert f"{dispute.evidence_due_at:%Y-%m-%d}" in detail
    assert OutboxMessage.objects.filter(topic="dispute_opened").count() == 1
