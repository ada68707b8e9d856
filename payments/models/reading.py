from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common import clock
from payments.models.delivery import Entitlement


class TextAccess(models.Model):
    """When, how and from where a buyer opened a bought text: one row per day, way and address.

    Kept as evidence for disputes, and no longer than a bank may open one.
    """

    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="accesses")
    day = models.DateField()
    via = models.CharField(max_length=12, help_text="page, api, export, render …")
    address = models.GenericIPAddressField(null=True, blank=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("text access")
        verbose_name_plural = _("text accesses")
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "day", "via", "address"],
                nulls_distinct=False,
                name="access_row_per_day",
            )
        ]
        indexes = [models.Index(F("last_at"), name="access_last_at")]

    def __str__(self) -> str:
        return f"{self.via} {self.day}: {self.count}"
