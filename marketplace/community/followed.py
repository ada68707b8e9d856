"""What somebody follows, and what is new there."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import SellerProfile, User
from listings.models import Listing, ListingStatus, Tag, TargetModel
from marketplace.community.models import Follow
from payments.models import Entitlement


@dataclass(frozen=True, slots=True)
class FollowButton:
    """What the button on a page needs. A guest's is a link to the sign-in; one's own page has none."""

    kind: str
    name: str
    is_followed: bool
    is_own: bool


def follow_button(reader: User | AnonymousUser, row: SellerProfile | TargetModel | Tag) -> FollowButton:
    """One query for somebody signed in, none for a guest."""
    kind = {SellerProfile: "seller", TargetModel: "model", Tag: "tag"}[type(row)]
    name = row.handle if isinstance(row, SellerProfile) else row.slug
    is_own = isinstance(row, SellerProfile) and row.user_id == reader.pk
    is_followed = (
        isinstance(reader, User) and not is_own and Follow.objects.filter(user=reader, **{kind: row}).exists()
    )
    return FollowButton(kind, name, is_followed, is_own)


def follows_of(user: User) -> QuerySet[Follow]:
    """With what they point at, the latest first."""
    return (
        Follow.objects.filter(user=user)
        .select_related("seller", "model", "tag")
        .order_by("-created_at", "-pk")
    )


def new_listings(user: User, *, since: datetime.datetime, until: datetime.datetime) -> QuerySet[Listing]:
    """What came on sale then from whom and what the user follows, newest first: not their own, not owned."""
    mine = Follow.objects.filter(user=user)
    tagged = Listing.tags.through.objects.filter(
        listing=OuterRef("pk"), tag__in=mine.filter(tag__isnull=False).values("tag")
    )
    owned = Entitlement.objects.filter(buyer=user, listing=OuterRef("pk"), revoked_at=None)
    return (
        Listing.objects.filter(
            Q(seller__in=mine.filter(seller__isnull=False).values("seller"))
            | Q(model__in=mine.filter(model__isnull=False).values("model"))
            | Exists(tagged),
            ~Exists(owned),
            status=ListingStatus.PUBLISHED,
            published_at__gte=since,
            published_at__lt=until,
        )
        .exclude(seller__user=user)
        .order_by("-published_at", "-pk")
    )
