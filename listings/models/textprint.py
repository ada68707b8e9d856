from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from listings.models.version import PromptVersion


class TextPrint(models.Model):
    """The fingerprint of a submitted text, by which near copies are found (see listings.originality).

    Written when the version is sealed; a sweeper writes those that are missing. `seller` and `sealed_at`
    stand here too, so that a search reads no other table before it knows what it has found.
    """

    version = models.OneToOneField(
        PromptVersion, on_delete=models.CASCADE, primary_key=True, related_name="textprint"
    )
    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+", db_index=False)
    sealed_at = models.DateTimeField()
    signature = models.BinaryField()
    bands = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("text print")
        verbose_name_plural = _("text prints")
        indexes = [GinIndex(fields=["bands"], name="textprint_bands", fastupdate=False)]

    def __str__(self) -> str:
        return f"print of version {self.version_id}"
