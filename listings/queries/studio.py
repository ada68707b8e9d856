"""What a seller sees of their own listings. Callers have established who the seller is."""

from django.db.models import Avg, Count, Q, QuerySet, Sum

from accounts.models import SellerProfile
from common.errors import NotFound
from listings.models import ExternalListing, Listing, ListingStatus, PromptVersion

DELETED, ARCHIVED = "deleted", "archived"
# What was archived is out of sight only while it is neither on sale nor on its way there.
_ARCHIVED = Q(archived_at__isnull=False) & ~Q(status__in=[ListingStatus.PUBLISHED, ListingStatus.IN_REVIEW])


def own_listings(
    seller: SellerProfile, *, status: str = "", q: str = "", external_id: str = ""
) -> QuerySet[Listing]:
    """The seller's listings, last changed first: those of one status, and with `q` in their title.

    `external_id` leaves the one that a program of the seller's calls so.

    Removed ones are left out unless that status is asked for, and so are drafts that were deleted (DELETED).
    """
    listings = Listing.objects.filter(seller=seller).select_related("model", "category")
    if status == DELETED:
        return listings.filter(deleted_at__isnull=False).order_by("-deleted_at")
    listings = listings.filter(deleted_at=None)
    listings = listings.filter(status=status) if status else listings.exclude(status=ListingStatus.REMOVED)
    if external_id:
        names = ExternalListing.objects.filter(seller=seller, external_id=external_id)
        listings = listings.filter(pk__in=names.values("listing_id"))
    if q:
        listings = listings.filter(title__icontains=q)
    return listings.order_by("-updated_at", "-pk")


def own_shown_listings(seller: SellerProfile, *, status: str = "", q: str = "") -> QuerySet[Listing]:
    """As own_listings, for the studio: archived ones only where they are asked for (ARCHIVED)."""
    if status == ARCHIVED:
        return own_listings(seller, q=q).filter(_ARCHIVED)
    listings = own_listings(seller, status=status, q=q)
    return listings if status == DELETED else listings.exclude(_ARCHIVED)


def own_status_counts(seller: SellerProfile) -> dict[str, int]:
    """How many listings the studio shows in each status that occurs, and how many are archived or deleted."""
    own = Listing.objects.filter(seller=seller)
    kept = own.filter(deleted_at=None)
    rows = kept.exclude(_ARCHIVED).values_list("status").annotate(count=Count("pk"))
    aside = own.aggregate(
        archived=Count("pk", filter=_ARCHIVED & Q(deleted_at=None) & ~Q(status=ListingStatus.REMOVED)),
        deleted=Count("pk", filter=Q(deleted_at__isnull=False)),
    )
    return dict(rows.order_by("status")) | {ARCHIVED: aside["archived"], DELETED: aside["deleted"]}


def own_rating(seller: SellerProfile) -> tuple[float, int] | None:
    """The average of all stars given to the seller's listings, and how many; None while there is none."""
    rated = Listing.objects.filter(seller=seller, rating_count__gt=0)
    sums = rated.aggregate(count=Sum("rating_count"), total=Sum("rating_sum"))
    return (round(sums["total"] / sums["count"], 2), sums["count"]) if sums["count"] else None


def own_prices(seller: SellerProfile) -> dict[str, int]:
    """By category's slug, the average price in cents of the seller's prompts on sale that cost something."""
    on_sale = Listing.objects.filter(seller=seller, status=ListingStatus.PUBLISHED, price_amount__gt=0)
    averages = on_sale.values_list("category__slug").annotate(average=Avg("price_amount"))
    return {slug: round(average) for slug, average in averages.order_by("category__slug")}


def own_deleted_listing(seller: SellerProfile, slug: str) -> Listing | None:
    """A draft of this seller that was deleted and can be brought back."""
    deleted = Listing.objects.filter(seller=seller, slug=slug, deleted_at__isnull=False)
    return deleted.first() if slug else None


def own_listing(seller: SellerProfile, slug: str) -> Listing:
    """One listing of this seller. Raises NotFound when there is none, or it is another's."""
    listing = (
        Listing.objects.select_related(
            "model", "category", "seller", "published_version", "remixed_from__seller"
        )
        .prefetch_related("tags")
        .filter(seller=seller, slug=slug, deleted_at=None)
        .first()
    )
    if listing is None:
        raise NotFound("You have no such listing.")
    return listing


def latest_version(listing: Listing) -> PromptVersion | None:
    """The newest version with its examples and decision: the working copy, else the last sealed one."""
    return (
        listing.versions.select_related("decision")
        .prefetch_related("examples__picture")
        .order_by("-number")
        .first()
    )
