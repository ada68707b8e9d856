from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from common import clock
from common.money import CURRENCIES, MAX_PRICE_AMOUNT, MIN_PRICE_AMOUNT, USD, format_price
from listings.models.vocabulary import Category, Tag, TargetModel


class ListingStatus(models.TextChoices):
    """
    draft ──submit──▶ in_review ──publish──▶ published ◀──▶ unlisted
      ▲                  │  │                    │              │
      └────withdraw──────┘  └─reject─▶ rejected  └──▶ removed ◀─┘
                               ▲           │
                               └──submit◀──┘  (to in_review; so do an appeal and an undo)

    published, unlisted ◀──takedown, restored──▶ suspended ──upheld──▶ removed
    """

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("On sale")
    UNLISTED = "unlisted", _("Unlisted")
    REJECTED = "rejected", _("Returned")
    REMOVED = "removed", _("Removed")
    SUSPENDED = "suspended", _("Taken down")


ALLOWED_MOVES: dict[str, set[str]] = {
    ListingStatus.DRAFT: {ListingStatus.IN_REVIEW, ListingStatus.REMOVED},
    ListingStatus.IN_REVIEW: {ListingStatus.PUBLISHED, ListingStatus.REJECTED, ListingStatus.DRAFT},
    ListingStatus.REJECTED: {ListingStatus.IN_REVIEW, ListingStatus.REMOVED},
    ListingStatus.PUBLISHED: {ListingStatus.UNLISTED, ListingStatus.REMOVED, ListingStatus.SUSPENDED},
    ListingStatus.UNLISTED: {ListingStatus.PUBLISHED, ListingStatus.REMOVED, ListingStatus.SUSPENDED},
    ListingStatus.SUSPENDED: {ListingStatus.PUBLISHED, ListingStatus.UNLISTED, ListingStatus.REMOVED},
    ListingStatus.REMOVED: set(),
}


class License(models.TextChoices):
    PERSONAL = "personal", _("Personal licence")
    COMMERCIAL = "commercial", _("Commercial licence")


class Listing(models.Model):
    """What is offered: everything about a prompt that anyone may read. The text is in its versions."""

    seller = models.ForeignKey(SellerProfile, on_delete=models.PROTECT, related_name="listings")
    slug = models.SlugField(max_length=90, unique=True)
    title = models.CharField(_("title"), max_length=170)
    summary = models.CharField(_("one-line summary"), max_length=160, blank=True)
    description = models.TextField(_("description"), max_length=6000, blank=True)
    description_html = models.TextField(editable=False, blank=True)
    model = models.ForeignKey(TargetModel, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="listings")
    tags = models.ManyToManyField(Tag, blank=True, related_name="listings")
    language = models.CharField(_("language"), max_length=5, default="en")
    license = models.CharField(_("licence"), max_length=12, choices=License.choices, default=License.PERSONAL)
    price_amount = models.PositiveIntegerField(_("price"))
    currency = models.CharField(max_length=3, default=USD)
    status = models.CharField(max_length=10, choices=ListingStatus.choices, default=ListingStatus.DRAFT)
    published_version = models.ForeignKey(
        "listings.PromptVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="A draft can be brought back for 30 days."
    )
    archived_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Out of its seller's sight while it is off sale."
    )
    # Credit for the free listing this one was made from. No form or API writes it, so it cannot be taken out.
    remixed_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="remixes",
        db_index=False,
    )
    # When the seller last said that it works with the model as it is.
    attested_at = models.DateTimeField(null=True, blank=True, editable=False)
    sales_count = models.PositiveIntegerField(default=0)
    favorites_count = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    rating_sum = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ListingStatus.values), name="listing_status_known"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="listing_currency_known"),
            models.CheckConstraint(
                condition=Q(price_amount=0)
                | Q(price_amount__gte=MIN_PRICE_AMOUNT, price_amount__lte=MAX_PRICE_AMOUNT),
                name="listing_price_free_or_in_range",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["published", "unlisted"])
                | Q(published_version__isnull=False, published_at__isnull=False),
                name="listing_on_sale_has_version",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(status="draft"), name="listing_deleted_is_draft"
            ),
        ]
        indexes = [
            models.Index(
                F("published_at").desc(), F("id").desc(), condition=Q(status="published"), name="listing_new"
            ),
            models.Index(
                F("sales_count").desc(), F("id").desc(), condition=Q(status="published"), name="listing_best"
            ),
            models.Index("price_amount", "id", condition=Q(status="published"), name="listing_price"),
            models.Index(fields=["submitted_at"], condition=Q(status="in_review"), name="listing_queue"),
            models.Index(
                fields=["remixed_from"], condition=Q(remixed_from__isnull=False), name="listing_remixes"
            ),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="listing_deleted"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/prompts/{self.slug}/"

    @property
    def cover_url(self) -> str:
        return f"/prompts/{self.slug}/cover.svg"

    @property
    def is_public(self) -> bool:
        return self.status == ListingStatus.PUBLISHED

    @property
    def is_free(self) -> bool:
        return self.price_amount == 0

    @property
    def price_label(self) -> str:
        return format_price(self.price_amount, self.currency)

    @property
    def rating_average(self) -> float | None:
        return round(self.rating_sum / self.rating_count, 2) if self.rating_count else None

    def may_become(self, status: str) -> bool:
        return status in ALLOWED_MOVES[self.status]
