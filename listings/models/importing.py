from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from common import clock
from common.attempts import Attempted
from common.ids import uuid7
from listings.models.listing import Listing


class ImportedPrompt(models.Model):
    """What a prompt file has brought in: running it again adds nothing, though the draft was edited."""

    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    text_hash = models.CharField(max_length=64, help_text="Of the text as the file had it.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "text_hash"], name="imported_once_per_seller")
        ]

    def __str__(self) -> str:
        return f"import of listing {self.listing_id}"


class ExternalListing(models.Model):
    """A seller's own name for a listing: by it a program sends the same listing again, never a second one.

    `sent_hash` is of what was sent last: the same again changes nothing, even where the seller has edited the
    listing by hand since.
    """

    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=120)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="external_names")
    sent_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "external_id"], name="external_once_per_seller")
        ]

    def __str__(self) -> str:
        return f"a name of listing {self.listing_id}"


class ImportState(models.TextChoices):
    """
    checking ──▶ checked ──start──▶ importing ──▶ done
        │           │                   │
        ├───────────┴──────cancel───────┴──▶ canceled
        └──▶ failed ◀──(five attempts)──┘
    """

    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    CANCELED = "canceled", _("Canceled")
    FAILED = "failed", _("Stopped")


ACTIVE_STATES = (ImportState.CHECKING, ImportState.IMPORTING)
OPEN_STATES = (*ACTIVE_STATES, ImportState.CHECKED)


class ImportJob(Attempted):
    """A file of prompts on its way in: first every row is tried, and on the seller's word imported.

    `content` is the file as it came; it holds prompts, is read by the importing service alone, and is emptied
    when the job has ended. `rows_done` counts within the stage the state names; each chunk of rows is one
    transaction together with it, so that a killed worker's job goes on where it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.CHECKING)
    rows_total = models.PositiveIntegerField()
    rows_done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_known"),
            # A second file waits for the first: no seller's work fills the queue.
            models.UniqueConstraint(
                fields=["seller"], condition=Q(state__in=ACTIVE_STATES), name="import_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=ACTIVE_STATES), name="import_waiting"
            ),
            models.Index(fields=["seller", "-created_at"], name="import_of_seller"),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def is_open(self) -> bool:
        """Whether it can be canceled."""
        return self.state in OPEN_STATES


class ImportOutcome(models.TextChoices):
    NEW = "new", _("New draft")
    ALREADY = "already", _("Imported before")
    COPY = "copy", _("Duplicate")
    REFUSED = "refused", _("Refused")


class ImportRow(models.Model):
    """What became, or would become, of one row of the file: never what the prompt says."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField(help_text="Of the file, where the row begins.")
    title = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=8, choices=ImportOutcome.choices)
    reason = models.CharField(max_length=600, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    text_hash = models.CharField(max_length=64, blank=True)
    listing = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="import_row_once"),
            models.CheckConstraint(condition=Q(outcome__in=ImportOutcome.values), name="import_row_known"),
        ]

    def __str__(self) -> str:
        return f"row {self.line} of import {self.job_id}"
