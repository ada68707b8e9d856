"""What a submission meets on its way: automated checks, a claim, a decision, perhaps an appeal."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.attempts import Attempted
from listings.models.version import PromptVersion


class CheckState(models.TextChoices):
    """
    queued ──▶ passed      nothing grave: a moderator reads it
      ├──────▶ flagged     something to look at: a moderator reads it, findings first
      ├──────▶ returned    a hard rule is broken: back to the seller at once
      ├──────▶ published   a trusted seller's: on sale at once
      └──────▶ stale       withdrawn or decided before the checks came to it
    """

    QUEUED = "queued", _("Checks are running")
    PASSED = "passed", _("Checks found nothing grave")
    FLAGGED = "flagged", _("Checks found something")
    RETURNED = "returned", _("Returned by the checks")
    PUBLISHED = "published", _("Published by the rule of trust")
    STALE = "stale", _("No longer waiting")


class ReviewCheck(Attempted):
    """The automated checks of one submission, and what they found: rules and places, never the text.

    `findings` are {rule, severity, field, line, column}; `near_copies` are {version, percent, is_earlier}.
    """

    version = models.OneToOneField(
        PromptVersion, on_delete=models.CASCADE, primary_key=True, related_name="review_check"
    )
    state = models.CharField(max_length=10, choices=CheckState.choices, default=CheckState.QUEUED)
    findings = models.JSONField(default=list)
    near_copies = models.JSONField(default=list)
    score = models.PositiveSmallIntegerField(null=True)
    why = models.CharField(max_length=40, blank=True, help_text="What the rule of trust said, as a code.")
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("automated check")
        verbose_name_plural = _("automated checks")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CheckState.values), name="check_state_known"),
            models.CheckConstraint(
                condition=Q(state="queued", finished_at=None)
                | (~Q(state="queued") & Q(finished_at__isnull=False)),
                name="check_finished_unless_queued",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="check_waiting")
        ]

    def __str__(self) -> str:
        return f"check of version {self.version_id}"

    @property
    def is_running(self) -> bool:
        return self.state == CheckState.QUEUED


class ReviewClaim(models.Model):
    """Which moderator has a submission before them. Soft: it runs out by itself."""

    version = models.OneToOneField(
        PromptVersion, on_delete=models.CASCADE, primary_key=True, related_name="claim"
    )
    moderator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"claim of version {self.version_id}"


class DecisionKind(models.TextChoices):
    PUBLISH = "publish", _("Publish")
    REJECT = "reject", _("Return to the seller")


class ModerationDecision(models.Model):
    """The decision that stands on a sealed version, and why. Never edited.

    An undo or an appeal takes it away, and the version waits again; what was decided before is in the audit
    log. No `moderator` means the automated checks. `reasons` are sentences in the seller's language;
    `remarks` are the same as {reason, rule, field, line, text} (see listings.reasons).
    """

    version = models.OneToOneField(PromptVersion, on_delete=models.PROTECT, related_name="decision")
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=10, choices=DecisionKind.choices)
    reasons = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("moderation decision")
        verbose_name_plural = _("moderation decisions")

    def __str__(self) -> str:
        return f"{self.decision} version {self.version_id}"

    @property
    def is_rejection(self) -> bool:
        return self.decision == DecisionKind.REJECT


class AppealState(models.TextChoices):
    """
    open ──another moderator──▶ granted   the version is published
      ├────another moderator──▶ upheld    it stays returned
      └────the seller─────────▶ withdrawn
    """

    OPEN = "open", _("Waits for another moderator")
    GRANTED = "granted", _("Granted")
    UPHELD = "upheld", _("The decision stands")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Appeal(models.Model):
    """The seller's word against a decision, once per version, judged by another moderator than the first."""

    version = models.OneToOneField(PromptVersion, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(_("why it should be published"), max_length=2000)
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    first_moderator = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    first_reasons = models.JSONField(default=list)
    opened_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="appeal_decided_unless_open",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal on version {self.version_id}"

    @property
    def is_open(self) -> bool:
        return self.state == AppealState.OPEN


class SubmittedVersion(PromptVersion):
    """The queue's entry in the administration, which leads on to the desk."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("submission")
        verbose_name_plural = _("moderation queue")
