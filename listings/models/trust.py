from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TrustRule(models.Model):
    """Whose submissions skip the queue, as staff set it. One row at most; without one, nobody's."""

    is_on = models.BooleanField(_("in use"), default=False)
    min_published = models.PositiveIntegerField(
        _("published listings, at least"), default=10, validators=[MinValueValidator(1)]
    )
    max_returned_percent = models.PositiveSmallIntegerField(
        _("returned submissions of a year, at most (percent)"),
        default=10,
        validators=[MaxValueValidator(100)],
    )
    days_without_takedown = models.PositiveIntegerField(_("days without an upheld takedown"), default=180)
    sample_percent = models.PositiveSmallIntegerField(
        _("read by a moderator all the same (percent)"), default=10, validators=[MaxValueValidator(100)]
    )
    covers_new_listings = models.BooleanField(
        _("new listings too"), default=False, help_text=_("Otherwise only new versions of listings on sale.")
    )

    class Meta:
        verbose_name = _("rule of trust")
        verbose_name_plural = _("rule of trust")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="trust_rule_is_one_row"),
            models.CheckConstraint(
                condition=Q(max_returned_percent__lte=100, sample_percent__lte=100),
                name="trust_rule_percent",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Rule of trust"))
