from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock


class StripeCursor(models.Model):
    """How far one of Stripe's lists has been read, by Stripe's clock."""

    name = models.CharField(max_length=40, unique=True)
    position = models.DateTimeField()

    class Meta:
        verbose_name = _("Stripe cursor")
        verbose_name_plural = _("Stripe cursors")

    def __str__(self) -> str:
        return f"{self.name} at {self.position:%Y-%m-%d %H:%M}"


class ReconciliationRun(models.Model):
    """One comparison of our books with Stripe's lists: what it read, and what it put right."""

    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    events_read = models.PositiveIntegerField(default=0)
    events_recovered = models.PositiveIntegerField(default=0)
    orders_recovered = models.PositiveIntegerField(default=0)
    transactions_read = models.PositiveIntegerField(default=0)
    findings_count = models.PositiveIntegerField(default=0)
    stripe_balance_amount = models.BigIntegerField(null=True, blank=True)
    ledger_balance_amount = models.BigIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("reconciliation run")
        verbose_name_plural = _("reconciliation runs")
        indexes = [models.Index(fields=["-started_at"], name="run_started")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class FindingSource(models.TextChoices):
    INVARIANT = "invariant", _("Invariant of the books")
    RECONCILIATION = "reconciliation", _("Comparison with Stripe")


class Finding(models.Model):
    """Something in the books that should not be, until a later check no longer meets it: then it is resolved.

    Some are never resolved. Staff close these with a note, and they stay closed while they are met as they
    are. Amounts in minor units. An alarm is raised when it is confirmed, once.
    """

    source = models.CharField(max_length=20, choices=FindingSource.choices)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=160)
    detail = models.CharField(max_length=500)
    expected_amount = models.BigIntegerField(null=True, blank=True)
    found_amount = models.BigIntegerField(null=True, blank=True)
    first_seen_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)
    times_seen = models.PositiveIntegerField(default=1)
    alarmed_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind", "subject"], condition=Q(resolved_at=None), name="finding_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.resolved_at is None and self.closed_at is None

    @property
    def facts(self) -> tuple[str, int | None]:
        """What staff knew who closed it. Sums that grow with the trade count by how far they are apart."""
        if self.expected_amount is None or self.found_amount is None:
            return self.detail, None
        return self.detail, self.expected_amount - self.found_amount
