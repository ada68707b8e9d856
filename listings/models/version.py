from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from listings.models.listing import Listing
from listings.models.picture import Picture


class PromptVersion(models.Model):
    """A prompt's secret: text, variables and buyer instructions, numbered per listing.

    While `sealed_at` is empty it is the seller's working copy. Submitting seals it, and from then on a
    database trigger refuses any change to what a moderator judged and a buyer bought. `variables` is a
    list of TemplateVariable dicts (see listings.templating).
    """

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(_("prompt"), max_length=40_000, blank=True)
    variables = models.JSONField(default=list, blank=True)
    instructions = models.TextField(_("instructions for the buyer"), max_length=6000, blank=True)
    changelog = models.CharField(_("what changed"), max_length=500, blank=True)
    word_count = models.PositiveIntegerField(default=0)
    text_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the normalised text.")
    created_at = models.DateTimeField(default=clock.now)
    sealed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("prompt version")
        verbose_name_plural = _("prompt versions")
        ordering = ["listing_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="version_number_unique"),
            models.UniqueConstraint(
                fields=["listing"], condition=Q(sealed_at=None), name="version_one_working_copy"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(sealed_at__isnull=False),
                name="version_published_is_sealed",
            ),
        ]
        indexes = [
            models.Index(fields=["text_hash"], name="version_text_hash"),
            models.Index(
                fields=["sealed_at"],
                condition=Q(sealed_at__isnull=False, published_at=None),
                name="version_unpublished",
            ),
        ]

    def __str__(self) -> str:
        # Never the text: this string reaches admin lists and logs.
        return f"{self.listing_id} v{self.number}"

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None


class ExampleOutput(models.Model):
    """A recorded sample, public before purchase: the values used and what came out."""

    version = models.ForeignKey(PromptVersion, on_delete=models.CASCADE, related_name="examples")
    position = models.PositiveSmallIntegerField()
    values = models.JSONField(default=dict)
    output_text = models.TextField(_("output"), max_length=20_000, blank=True)
    picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="examples"
    )
    picture_alt = models.CharField(_("what the picture shows"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("example")
        verbose_name_plural = _("examples")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="example_position_unique")
        ]

    def __str__(self) -> str:
        return f"example {self.position} of version {self.version_id}"
