from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from common.attempts import Attempted
from listings.models.listing import Listing


class RewriteState(models.TextChoices):
    """requested ──▶ suggested ──▶ used, or requested ──▶ failed."""

    REQUESTED = "requested", _("Asked for")
    SUGGESTED = "suggested", _("Suggested")
    USED = "used", _("Used")
    FAILED = "failed", _("Not answered")


class RewriteField(models.TextChoices):
    TITLE = "title", _("Title")
    SUMMARY = "summary", _("Summary")
    DESCRIPTION = "description", _("Description")


class Rewrite(Attempted):
    """Other words for a public text, asked of a model on the seller's consent, and used only by their hand.

    Title, summary and description are sent as they are when the model is asked; the prompt never is.
    """

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="rewrites")
    field = models.CharField(max_length=12, choices=RewriteField.choices)
    state = models.CharField(max_length=10, choices=RewriteState.choices, default=RewriteState.REQUESTED)
    sent_to = models.CharField(max_length=253, help_text="The host that the seller agreed to.")
    before = models.TextField(blank=True, help_text="The text when the suggestion was used.")
    suggestion = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    consented_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RewriteState.values), name="rewrite_state_known"),
            models.CheckConstraint(condition=Q(field__in=RewriteField.values), name="rewrite_field_known"),
            models.UniqueConstraint(
                fields=["listing"], condition=Q(state="requested"), name="rewrite_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"rewrite {self.pk} of listing {self.listing_id}"

    @property
    def is_waiting(self) -> bool:
        return self.state == RewriteState.REQUESTED
