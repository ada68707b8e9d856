from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock

WIDTHS = (480, 960, 1600)


class Picture(models.Model):
    """What an image model made, for an example. The row comes first, its files after it: `stored_at`.

    Files are named by their content and this row, so that no name is used twice. `doomed_at` says that
    nothing shows it any more; its files go next, and the row last.
    """

    digest = models.CharField(max_length=64, help_text="SHA-256 of the largest file.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    touched_at = models.DateTimeField(default=clock.now)
    stored_at = models.DateTimeField(null=True)
    doomed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=Q(doomed_at=None), name="picture_once_per_content"
            )
        ]
        indexes = [models.Index(fields=["touched_at"], name="picture_touched")]

    def __str__(self) -> str:
        return f"picture {self.pk}"

    @property
    def widths(self) -> list[int]:
        """The widths it is kept in, the smallest first; never wider than it came."""
        return [*(width for width in WIDTHS if width < self.width), self.width]

    def file_name(self, width: int) -> str:
        return f"examples/{self.digest[:2]}/{self.digest}-{self.pk}-{width}.webp"

    def url(self, width: int) -> str:
        return f"/media/{self.file_name(width)}"

    @property
    def largest_url(self) -> str:
        return self.url(self.width)

    @property
    def smallest_url(self) -> str:
        return self.url(self.widths[0])

    @property
    def srcset(self) -> str:
        return ", ".join(f"{self.url(width)} {width}w" for width in self.widths)
