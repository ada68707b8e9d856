import uuid

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from common import clock
from listings.models.listing import Listing


class ViewSource(models.TextChoices):
    """Where a reader came from; `WEB` is another site, `DIRECT` an address that was typed or hidden."""

    SEARCH = "search", _("Search")
    BROWSE = "browse", _("Browsing")
    HOME = "home", _("Home page")
    MODEL = "model", _("Model page")
    CATEGORY = "category", _("Category page")
    TAG = "tag", _("Tag page")
    SELLER = "seller", _("Your storefront")
    SIMILAR = "similar", _("Similar prompts")
    SITE = "site", _("Elsewhere on the site")
    OWN_LINK = "own_link", _("Your own link")
    FOLLOW = "follow", _("Mail to followers")
    FEED = "feed", _("Feed")
    WEB = "web", _("Another site")
    DIRECT = "direct", _("Direct")
    API = "api", _("API")


class ListingDay(models.Model):
    """How many visitors saw a listing on a day (UTC), each counted once, by the way they first came."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    source = models.CharField(max_length=10, choices=ViewSource.choices)
    views = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "day", "source"], name="listing_day_once")]

    def __str__(self) -> str:
        return f"listing {self.listing_id} on {self.day} by {self.source}"


class SellerViewsDay(models.Model):
    """The visitors of all listings of a seller on a day (UTC): the sum of their ListingDay rows."""

    seller = models.ForeignKey(
        SellerProfile, on_delete=models.CASCADE, related_name="views_days", db_index=False
    )
    day = models.DateField()
    source = models.CharField(max_length=10, choices=ViewSource.choices)
    views = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "day", "source"], name="seller_views_day_once")
        ]

    def __str__(self) -> str:
        return f"seller {self.seller_id} on {self.day} by {self.source}"


class ListingStats(models.Model):
    """Figures of a listing that change often, away from its own row.

    `trending` is a logarithm: see listings.services.counting. It never goes stale, so nothing recomputes it.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="stats")
    views_count = models.PositiveBigIntegerField(default=0)
    trending = models.FloatField()

    class Meta:
        indexes = [models.Index(F("trending").desc(), F("listing").desc(), name="stats_trending")]

    def __str__(self) -> str:
        return f"stats of listing {self.listing_id}"


class ViewBatch(models.Model):
    """A batch of views that was booked, by the name it has in Redis: booking it again does nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    booked_at = models.DateTimeField(default=clock.now, db_index=True)

    def __str__(self) -> str:
        return str(self.pk)
