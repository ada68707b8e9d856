"""Answering a dispute: drafted from our records, looked at by staff, sent to Stripe once, and in time."""

import datetime
import logging

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.attempts import attempt_failed, row_claim
from common.enqueue import enqueue_on_commit
from common.errors import Conflict
from payments import gateway, gateway_disputes
from payments.alarms import alarm_raise
from payments.locks import order_lock
from payments.models import Dispute, DisputeEvidence
from payments.models.dispute import ANSWERABLE_STATUSES, CLOSED_STATUSES
from payments.services.evidence_texts import evidence_texts, with_note

logger = logging.getLogger(__name__)

WAITING = Q(requested_at__isnull=False, submitted_at=None)


def evidence_draft(*, dispute_pk: int, by: User | None = None) -> DisputeEvidence | None:
    """Write, or write again, the answer to a dispute from what is known now. The note is kept.

    Locks the order. Nothing changes once the answer is on its way, or is no longer wanted: None then.
    """
    with transaction.atomic():
        dispute = _dispute_lock(dispute_pk)
        if not dispute.needs_response:
            return None
        evidence, is_new = DisputeEvidence.objects.get_or_create(dispute=dispute)
        if evidence.requested_at is not None:
            return None
        evidence.fields = evidence_texts(dispute)
        evidence.save(update_fields=["fields"])
        if is_new or by is not None:
            audit_record(actor=by, action="evidence.drafted", subject=evidence)
    return evidence


def evidence_note_update(*, evidence_pk: int, note: str, by: User) -> None:
    """Change what staff tell the bank in their own words. Locks the order. Conflict: `evidence_sent`."""
    with transaction.atomic():
        _dispute_lock(DisputeEvidence.objects.values_list("dispute_id", flat=True).get(pk=evidence_pk))
        evidence = DisputeEvidence.objects.get(pk=evidence_pk)
        if evidence.requested_at is not None:
            raise Conflict(_("The evidence is on its way already."), code="evidence_sent")
        evidence.note = note
        evidence.save(update_fields=["note"])
        audit_record(actor=by, action="evidence.note_changed", subject=evidence)


def evidence_request(*, dispute_pk: int, by: User | None) -> DisputeEvidence:
    """Decide that the answer goes to the bank as it stands: it is sent after the commit. Locks the order.

    `by` is None where the deadline decided. Raises Conflict (`evidence_not_wanted`, `evidence_sent`).
    """
    with transaction.atomic():
        dispute = _dispute_lock(dispute_pk)
        if not dispute.needs_response:
            raise Conflict(_("The bank does not wait for an answer."), code="evidence_not_wanted")
        evidence = DisputeEvidence.objects.filter(dispute=dispute).first()
        if evidence is None:
            raise Conflict(_("Draft the evidence first."), code="evidence_not_wanted")
        if evidence.requested_at is not None:
            raise Conflict(_("The evidence is on its way already."), code="evidence_sent")
        evidence.requested_at, evidence.requested_by = clock.now(), by
        evidence.attempts, evidence.next_attempt_at, evidence.last_error = 0, timezone.now(), ""
        evidence.save()
        audit_record(actor=by, action="evidence.requested", subject=evidence)
        enqueue_on_commit("payments.evidence_submit", evidence.pk)
    return evidence


def evidence_submit(*, evidence_pk: int) -> None:
    """Have Stripe pass a requested answer on. Safe to repeat: the row is claimed, and Stripe is asked first.

    A dispute that Stripe has under review was answered, by an earlier attempt or in its dashboard. A refusal
    is definitive: staff are told, and may change the note and send again under a new key.
    """
    rows = DisputeEvidence.objects.filter(pk=evidence_pk).select_related("dispute")
    evidence = row_claim(rows, waiting=WAITING)
    if evidence is None:
        return
    dispute_id = evidence.dispute.stripe_dispute_id
    try:
        facts = gateway_disputes.dispute_retrieve(dispute_id)
        if facts.status in CLOSED_STATUSES and not facts.is_answered:
            raise gateway.GatewayRefused(_("The dispute is closed."))
        if facts.status in ANSWERABLE_STATUSES:
            gateway_disputes.evidence_submit(
                dispute_id=dispute_id,
                fields=with_note(evidence.fields, evidence.note),
                evidence_row_id=str(evidence.pk),
                attempt=evidence.stripe_attempt,
            )
    except (gateway.GatewayUnavailable, gateway.GatewayDenied) as error:
        if isinstance(error, gateway.GatewayFault):
            _this_attempt(evidence).update(stripe_attempt=F("stripe_attempt") + 1)
        attempt_failed(DisputeEvidence, evidence.pk, error)
        return
    except gateway.GatewayRefused as error:
        attempt_failed(DisputeEvidence, evidence.pk, error)
        _take_back(evidence, why=str(error))
        return
    _this_attempt(evidence).update(submitted_at=clock.now(), last_error="")
    audit_record(actor=evidence.requested_by, action="evidence.submitted", subject=evidence)
    enqueue_on_commit("payments.dispute_sync", dispute_id)


def evidence_reopen(dispute: Dispute) -> None:
    """An inquiry became a dispute, which wants an answer of its own. The caller holds the order's lock."""
    DisputeEvidence.objects.filter(dispute=dispute).update(
        requested_at=None,
        requested_by=None,
        submitted_at=None,
        stripe_attempt=F("stripe_attempt") + 1,
        last_error="",
    )


def disputes_to_draft() -> list[int]:
    """Disputes that want an answer and have no draft: the task was lost."""
    wanting = Dispute.objects.filter(status__in=ANSWERABLE_STATUSES, evidence=None)
    return list(wanting.values_list("pk", flat=True))


def disputes_to_answer_now() -> list[int]:
    """Disputes whose answer falls due within DISPUTE_EVIDENCE_AUTO_HOURS, and that nobody has answered."""
    before = clock.now() + datetime.timedelta(hours=settings.DISPUTE_EVIDENCE_AUTO_HOURS)
    due = Dispute.objects.filter(status__in=ANSWERABLE_STATUSES, evidence_due_at__lte=before)
    return list(due.exclude(evidence__requested_at__isnull=False).values_list("pk", flat=True))


def evidence_send_in_time(*, dispute_pk: int) -> None:
    """Nobody has answered and the deadline is near: what we know is sent, where something was delivered.

    Otherwise there is nothing good to say by ourselves, and staff are told once more.
    """
    dispute = Dispute.objects.select_related("payment__order").get(pk=dispute_pk)
    order = dispute.payment.order
    if dispute.payment.is_surplus or order.delivered_at is None:
        detail = f"order {order.number}: nothing was delivered for this payment, so nothing is sent by itself"
        alarm_raise("evidence_due", subject=f"dispute:{dispute.pk}", detail=detail)
        return
    if evidence_draft(dispute_pk=dispute_pk) is not None:
        evidence_request(dispute_pk=dispute_pk, by=None)


def _dispute_lock(dispute_pk: int) -> Dispute:
    order_lock(Dispute.objects.values_list("payment__order_id", flat=True).get(pk=dispute_pk))
    return Dispute.objects.select_related("payment__order__buyer").get(pk=dispute_pk)


def _this_attempt(evidence: DisputeEvidence) -> QuerySet[DisputeEvidence]:
    """The row, unless it was opened again meanwhile."""
    return DisputeEvidence.objects.filter(pk=evidence.pk, stripe_attempt=evidence.stripe_attempt)


def _take_back(evidence: DisputeEvidence, *, why: str) -> None:
    """The bank did not get it: it may be changed and sent again."""
    with transaction.atomic():
        _this_attempt(evidence).update(
            requested_at=None, requested_by=None, stripe_attempt=F("stripe_attempt") + 1
        )
        alarm_raise(
            "evidence_refused", subject=f"dispute:{evidence.dispute_id}", detail=f"Stripe says: {why}"
        )
