from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models.listing import Listing


class RevisionStatus(models.TextChoices):
    """
    draft ──propose──▶ waiting ──▶ applied
      │                   ├──────▶ rejected   (a new draft with the same text follows)
      └─▶ gone            └──────▶ withdrawn  (likewise)
    """

    DRAFT = "draft", _("Being written")
    WAITING = "waiting", _("In review")
    APPLIED = "applied", _("Published")
    REJECTED = "rejected", _("Returned")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN_REVISION = ("draft", "waiting")


class ListingRevision(models.Model):
    """New public text for a listing that was published, beside the text on sale until a moderator agrees.

    `fields` holds only what would change, by the names of ListingInput: model and category as slugs, tags as
    a list of slugs. `before` is what stood there when it was proposed. From then on a database trigger
    refuses any change to either.
    """

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="revisions")
    status = models.CharField(max_length=10, choices=RevisionStatus.choices, default=RevisionStatus.DRAFT)
    fields = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reasons = models.JSONField(default=list)

    class Meta:
        verbose_name = _("change of public text")
        verbose_name_plural = _("changes of public text")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RevisionStatus.values), name="revision_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=RevisionStatus.DRAFT) | Q(submitted_at__isnull=False),
                name="revision_sent_has_time",
            ),
            models.UniqueConstraint(
                fields=["listing"], condition=Q(status__in=OPEN_REVISION), name="revision_one_open"
            ),
        ]
        indexes = [
            models.Index(
                fields=["submitted_at"], condition=Q(status=RevisionStatus.WAITING), name="revision_queue"
            )
        ]

    def __str__(self) -> str:
        return f"revision {self.pk} of listing {self.listing_id}"
