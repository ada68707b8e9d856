"""What a person decides about a difference."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict
from common.money import USD
from payments import ledger
from payments.models import Finding, FindingSource
from payments.services.reconciliation.advice import TRANSACTION_UNEXPLAINED


def movement_book(*, finding: Finding, by: User) -> None:
    """Book an unexplained movement at Stripe as the platform's own cost or gain. Locks the finding; audited.

    Raises Conflict (`not_bookable`) for findings of another kind, closed ones, and other currencies.
    """
    with transaction.atomic():
        finding = Finding.objects.select_for_update().get(pk=finding.pk)
        is_movement = (finding.source, finding.kind) == (
            FindingSource.RECONCILIATION,
            TRANSACTION_UNEXPLAINED,
        )
        if not is_movement or finding.resolved_at or finding.expected_amount is None:
            raise Conflict(
                _("Only an unexplained movement at Stripe that is still open can be booked so."),
                code="not_bookable",
            )
        transaction_id = finding.subject.removeprefix("transaction:")
        amount = finding.expected_amount
        ledger.stripe_fee_book(transaction_id=transaction_id, net_amount=amount, currency=USD)
        finding.resolved_at = clock.now()
        finding.save(update_fields=["resolved_at"])
        detail = {"transaction": transaction_id, "amount": amount}
        audit_record(actor=by, action="finding.booked_as_own", subject=finding, detail=detail)
