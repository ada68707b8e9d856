"""The words listings are filed under: models, categories, tags."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Modality(models.TextChoices):
    TEXT = "text", _("Text")
    IMAGE = "image", _("Image")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")
    CODE = "code", _("Code")


class TargetModel(models.Model):
    """The AI model a prompt is written for."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=60)
    provider = models.CharField(_("provider"), max_length=60, blank=True)
    modality = models.CharField(_("modality"), max_length=10, choices=Modality.choices, default=Modality.TEXT)
    position = models.PositiveSmallIntegerField(default=0)
    # What its provider brought out last: what was recorded before may not hold any more.
    release_name = models.CharField(_("latest release"), max_length=60, blank=True)
    released_at = models.DateTimeField(_("released on"), null=True, blank=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("model")
        verbose_name_plural = _("models")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/models/{self.slug}/"


class Category(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_fr = models.CharField(_("name in French"), max_length=60)
    description = models.CharField(max_length=200, blank=True)
    description_fr = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.local_name

    def get_absolute_url(self) -> str:
        return f"/categories/{self.slug}/"

    @property
    def local_name(self) -> str:
        return self.name_fr if _is_french() and self.name_fr else self.name

    @property
    def local_description(self) -> str:
        return self.description_fr if _is_french() and self.description_fr else self.description


class Tag(models.Model):
    slug = models.SlugField(unique=True, max_length=40)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.slug


def _is_french() -> bool:
    return (get_language() or "").startswith("fr")
