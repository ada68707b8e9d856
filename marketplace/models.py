from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models import Listing, Takedown, TakedownKind
from marketplace.community.models import Follow, Question, QuestionReport  # noqa: F401
from marketplace.library.models import LibraryLabel, Preset, RenderRecord, RunReport  # noqa: F401
from marketplace.notifying.models import Notification, Spread  # noqa: F401
from marketplace.outgoing.models import WebhookAttempt, WebhookEndpoint, WebhookMessage  # noqa: F401
from payments.models import Entitlement


class Review(models.Model):
    """A verified buyer's verdict, one per purchase."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reviews")
    entitlement = models.OneToOneField(Entitlement, on_delete=models.PROTECT, related_name="review")
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("stars"))
    text = models.TextField(_("review"), max_length=2000, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(_("seller's reply"), max_length=2000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="review_stars_1_to_5")
        ]
        indexes = [models.Index(fields=["listing", "-created_at"], name="review_by_listing")]

    def __str__(self) -> str:
        return f"{self.stars} stars for listing {self.listing_id}"


class Favorite(models.Model):
    """A listing that somebody keeps in mind. Nobody else sees whose it is."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favorites", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="favorites")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="favorite_once")]
        indexes = [models.Index(F("user"), F("created_at").desc(), name="favorite_by_user")]

    def __str__(self) -> str:
        return f"{self.listing_id} of {self.user_id}"


class ReportState(models.TextChoices):
    """
    open ──nothing wrong──▶ dismissed
      └────taken down─────▶ upheld      (what becomes of the takedown is its own story)
    """

    OPEN = "open", _("Not looked at yet")
    DISMISSED = "dismissed", _("Nothing found against it")
    UPHELD = "upheld", _("Taken down")


class Report(models.Model):
    """What a visitor says is wrong with a listing on sale. The reporter is told what became of it."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(_("what is wrong"), max_length=10, choices=TakedownKind.choices)
    text = models.TextField(_("in your words"), max_length=2000)
    reporter = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    email = models.EmailField(_("your email address"))
    language = models.CharField(max_length=5, default="en")
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.OPEN)
    takedown = models.ForeignKey(Takedown, on_delete=models.PROTECT, null=True, related_name="reports")
    answer = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known"),
            models.CheckConstraint(condition=Q(kind__in=TakedownKind.values), name="report_kind_known"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="report_decided_unless_open",
            ),
            models.UniqueConstraint(
                fields=["listing", "email"], condition=Q(state="open"), name="report_one_open_per_person"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(state="open"), name="report_queue")]

    def __str__(self) -> str:
        return f"report of listing {self.listing_id}"


class IdempotencyRecord(models.Model):
    """The answer given to an API request that costs money, kept so that a repeat gets the same one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key


class EditorDraft(models.Model):
    """What a seller has typed into the listing editor and not saved: kept as it is, judged by nobody.

    Holds the prompt as typed, so it is as secret as a version. `data` is empty once it was saved, and `tab`
    then says which browser tab did that. `key` is that of the empty form the listing began in.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, related_name="editor_draft")
    key = models.UUIDField(null=True, unique=True)
    data = models.JSONField(null=True)
    tab = models.CharField(max_length=32, blank=True)
    changed_at = models.DateTimeField(default=clock.now)
    discarded_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"editor draft of listing {self.listing_id}"
