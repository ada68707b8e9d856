from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models.version import PromptVersion


class DecisionKind(models.TextChoices):
    PUBLISH = "publish", _("Publish")
    REJECT = "reject", _("Return to the seller")


class ModerationDecision(models.Model):
    """What a moderator decided on one sealed version, and why. One decision per version, never edited."""

    version = models.OneToOneField(PromptVersion, on_delete=models.PROTECT, related_name="decision")
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=DecisionKind.choices)
    reasons = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("moderation decision")
        verbose_name_plural = _("moderation decisions")

    def __str__(self) -> str:
        return f"{self.decision} version {self.version_id}"


class SubmittedVersion(PromptVersion):
    """A version as moderators see it in the admin. Staff who are not moderators have no permission on it."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("submission")
        verbose_name_plural = _("moderation queue")
