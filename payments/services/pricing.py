"""What each line of an order costs, and who bears its discount. Nothing here touches the database.

All amounts are integer minor units of one currency.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from common.money import platform_fee_amount, spread
from listings.models import Listing


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off these lines. The seller bears it, unless it is the platform's own."""

    listing_ids: frozenset[int]
    percent: int | None = None
    amount: int | None = None
    is_platforms: bool = False

    def of(self, base_amount: int) -> int:
        """What is taken off `base_amount`: parts of a cent are not given, and no more than all of it."""
        if self.percent is not None:
            return base_amount * self.percent // 100
        return min(self.amount or 0, base_amount)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """unit = discount + platform fee + seller's share.

    A platform's discount is taken from its own fee, which goes below zero where that is not enough: the
    seller gets the share of the full price.
    """

    listing: Listing
    unit_amount: int
    discount_amount: int
    platform_discount_amount: int
    platform_fee_amount: int
    seller_amount: int

    @property
    def net_amount(self) -> int:
        """What the buyer pays."""
        return self.unit_amount - self.discount_amount


def lines_price(
    listings: Sequence[Listing],
    *,
    fee_bps: int,
    discount: Discount | None = None,
    own_links: Collection[str] = (),
) -> list[PricedLine]:
    """Each listing at its price, the discount spread over its lines by the largest remainder, to the cent.

    The platform fee is a part of what is left after the seller's own discount, and includes card processing.
    What is bought by its seller's own link (slugs) has no fee; the seller bears the processing instead.
    """
    units = [listing.price_amount for listing in listings]
    off = [0] * len(units)
    if discount:
        bases = [
            unit if listing.pk in discount.listing_ids else 0
            for unit, listing in zip(units, listings, strict=True)
        ]
        off = spread(discount.of(sum(bases)), bases)
    by_platform = bool(discount and discount.is_platforms)
    return [
        _line(listing, amount, by_platform, 0 if listing.slug in own_links else fee_bps)
        for listing, amount in zip(listings, off, strict=True)
    ]


def _line(listing: Listing, discount_amount: int, by_platform: bool, fee_bps: int) -> PricedLine:
    unit = listing.price_amount
    platform_discount = discount_amount if by_platform else 0
    base = unit - discount_amount + platform_discount
    fee = platform_fee_amount(base, fee_bps)
    return PricedLine(
        listing=listing,
        unit_amount=unit,
        discount_amount=discount_amount,
        platform_discount_amount=platform_discount,
        platform_fee_amount=fee - platform_discount,
        seller_amount=base - fee,
    )
