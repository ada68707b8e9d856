"""What a seller's coupons have done."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from accounts.models import SellerProfile
from common import clock
from payments.models import Coupon
from payments.models.order import PAID_STATUSES


@dataclass(frozen=True, slots=True)
class CouponStanding:
    """A coupon with how often it was paid with; amounts in minor units, of paid orders, before refunds."""

    coupon: Coupon
    orders_count: int
    held_count: int
    discount_amount: int
    listing_titles: list[str]

    @property
    def is_over(self) -> bool:
        """It could be switched on and still not be used."""
        ended = self.coupon.ends_at is not None and self.coupon.ends_at <= clock.now()
        limit = self.coupon.max_uses
        return ended or (limit is not None and self.orders_count + self.held_count >= limit)


def coupons_of(seller: SellerProfile) -> list[CouponStanding]:
    """Newest first, in a constant number of statements."""
    paid = Q(uses__order__status__in=PAID_STATUSES)
    coupons = seller.coupons.annotate(
        orders_count=Count("uses", filter=paid),
        held_count=Count("uses", filter=Q(uses__released_at=None) & ~paid),
        given_amount=Sum("uses__order__discount_amount", filter=paid, default=0),
    ).prefetch_related("listings")
    return [
        CouponStanding(
            coupon=coupon,
            orders_count=coupon.orders_count,
            held_count=coupon.held_count,
            discount_amount=coupon.given_amount,
            listing_titles=[listing.title for listing in coupon.listings.all()],
        )
        for coupon in coupons
    ]
