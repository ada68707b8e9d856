from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models import PromptVersion
from payments.models import Entitlement


class LibraryLabel(models.Model):
    """A word under which a buyer files what they own. Private."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="library_labels", db_index=False)
    name = models.CharField(_("label"), max_length=40)
    entitlements = models.ManyToManyField(Entitlement, related_name="labels")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("library label")
        verbose_name_plural = _("library labels")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="library_label_once")]

    def __str__(self) -> str:
        return self.name


class Preset(models.Model):
    """Values a buyer fills in again and again, under a name. Private."""

    entitlement = models.ForeignKey(
        Entitlement, on_delete=models.CASCADE, related_name="presets", db_index=False
    )
    name = models.CharField(_("name"), max_length=60)
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("saved values")
        verbose_name_plural = _("saved values")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["entitlement", "name"], name="preset_once")]

    def __str__(self) -> str:
        return f"saved values {self.pk}"


class RenderRecord(models.Model):
    """That a buyer finished a text, and with which values; the text is made again from them. Private."""

    entitlement = models.ForeignKey(
        Entitlement, on_delete=models.CASCADE, related_name="renders", db_index=False
    )
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("finished text")
        verbose_name_plural = _("finished texts")
        indexes = [models.Index(F("entitlement"), F("id").desc(), name="render_by_entitlement")]

    def __str__(self) -> str:
        return f"finished text {self.pk}"


class RunReport(models.Model):
    """Whether a version worked for a buyer with a model's version. Counted in public; `output` is not shown.

    What came out is for the buyer and the seller alone: it may quote the prompt.
    """

    entitlement = models.ForeignKey(
        Entitlement, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="runs", db_index=False)
    listing = models.ForeignKey(
        "listings.Listing", on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    model_version = models.CharField(_("model and version"), max_length=80)
    worked = models.BooleanField(_("it worked"))
    output = models.TextField(_("what came out"), max_length=20_000, blank=True)
    reported_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("run report")
        verbose_name_plural = _("run reports")
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "version", "model_version"], name="run_once_per_model_version"
            )
        ]
        indexes = [models.Index(F("listing"), F("reported_at").desc(), name="run_of_listing")]

    def __str__(self) -> str:
        return f"run report {self.pk}"
