"""`manage.py reconcile`: compare the books with Stripe now, and say what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.models import Finding, FindingSource, ReconciliationRun
from payments.services.findings import amounts_in_words
from payments.services.reconciliation import reconciliation_run

COUNTED = {
    "events_read": "events read",
    "events_recovered": "events recovered",
    "orders_recovered": "orders recovered",
    "transactions_read": "movements read",
    "stripe_balance_amount": "balance at Stripe",
    "ledger_balance_amount": "balance in the books",
    "findings_count": "open differences",
}


class Command(BaseCommand):
    help = (
        "Recover what Stripe knows and we do not, and compare the books with Stripe. "
        "Ends with 1 if something differs, with 2 if it could not be compared."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        run = reconciliation_run(say=self.stdout.write)
        if run is None:
            raise CommandError("Another run is going on.", returncode=2)
        self._table(run)
        for finding in Finding.objects.filter(
            source=FindingSource.RECONCILIATION, resolved_at=None, closed_at=None
        ):
            words = f"{finding.detail}{amounts_in_words(finding)}"
            self.stdout.write(f"{finding.kind}  {finding.subject}\n    {words}")
        if run.error:
            raise CommandError(run.error, returncode=2)
        if run.findings_count:
            raise CommandError(f"{run.findings_count} open differences.", returncode=1)

    def _table(self, run: ReconciliationRun) -> None:
        self.stdout.write("")
        for field, words in COUNTED.items():
            self.stdout.write(f"{words:<22}{getattr(run, field)!s:>14}")
