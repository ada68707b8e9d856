from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from listings.models.listing import Listing


class Collection(models.Model):
    """A row that staff put together: on the home page, on a page of its own, on its models' pages."""

    slug = models.SlugField(unique=True)
    title = models.CharField(_("title"), max_length=80)
    title_fr = models.CharField(_("title in French"), max_length=80)
    text = models.CharField(_("why these"), max_length=200, blank=True)
    text_fr = models.CharField(_("why these, in French"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The first ones stand on the home page.")
    )
    is_shown = models.BooleanField(_("shown"), default=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("featured collection")
        verbose_name_plural = _("featured collections")

    def __str__(self) -> str:
        return self.local_title

    def get_absolute_url(self) -> str:
        return f"/collections/{self.slug}/"

    @property
    def local_title(self) -> str:
        return self.title_fr if _is_french() and self.title_fr else self.title

    @property
    def local_text(self) -> str:
        return self.text_fr if _is_french() and self.text_fr else self.text


class CollectionItem(models.Model):
    """A listing in a collection. It shows there while it is on sale."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="collection_items")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        constraints = [
            models.UniqueConstraint(fields=["collection", "listing"], name="collection_holds_once")
        ]

    def __str__(self) -> str:
        return f"listing {self.listing_id} in collection {self.collection_id}"


def _is_french() -> bool:
    return (get_language() or "").startswith("fr")
