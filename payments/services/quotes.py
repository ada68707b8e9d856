"""What an order would sell now, and for how much. Nothing here writes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import Conflict, InvalidInput
from common.money import MIN_CHARGE_AMOUNT, USD, format_money
from listings.models import Listing
from payments.models import Coupon, Entitlement, Order, OrderStatus
from payments.services.coupons import coupon_find, discount_of
from payments.services.pricing import PricedLine, lines_price
from payments.services.settlement import SETTLING


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines in the order they were asked for. Amounts in minor units of `currency`."""

    lines: list[PricedLine]
    coupon: Coupon | None = None
    currency: str = USD

    @property
    def subtotal_amount(self) -> int:
        return sum(line.unit_amount for line in self.lines)

    @property
    def discount_amount(self) -> int:
        return sum(line.discount_amount for line in self.lines)

    @property
    def total_amount(self) -> int:
        """What the buyer pays."""
        return self.subtotal_amount - self.discount_amount

    @property
    def listings(self) -> list[Listing]:
        return [line.listing for line in self.lines]


def purchase_quote(
    *, buyer: User, listing_slugs: Sequence[str], coupon_code: str = "", is_gift: bool = False
) -> Quote:
    """What an order for these listings would cost now. Refuses as order_create does."""
    listings = listings_for_sale(listing_slugs)
    refuse_what_cannot_be_bought(buyer, listings, is_gift=is_gift)
    return quote(listings, coupon_find(code=coupon_code, buyer=buyer) if coupon_code else None)


def quote(
    listings: Sequence[Listing], coupon: Coupon | None = None, own_links: Collection[str] = ()
) -> Quote:
    """These listings at today's prices; `own_links` are slugs that are bought by their sellers' links.

    Raises InvalidInput (`coupon_not_for_these`, `total_too_low`).
    """
    discount = discount_of(coupon=coupon, listings=listings) if coupon else None
    lines = lines_price(listings, fee_bps=settings.PLATFORM_FEE_BPS, discount=discount, own_links=own_links)
    found = Quote(lines, coupon=coupon)
    if 0 < found.total_amount < MIN_CHARGE_AMOUNT:
        raise _too_low(found)
    return found


def _too_low(found: Quote) -> InvalidInput:
    minimum = format_money(MIN_CHARGE_AMOUNT, found.currency)
    if found.coupon is None:
        message = _("The total must be free or at least %(minimum)s.") % {"minimum": minimum}
        return InvalidInput.of("items", message, code="total_too_low")
    message = _(
        "With this coupon you would pay %(total)s, and card payments start at %(minimum)s. "
        "Add another prompt, or buy without it."
    )
    told = {"total": format_money(found.total_amount, found.currency), "minimum": minimum}
    return InvalidInput.of("coupon", message % told, code="total_too_low")


def listings_for_sale(slugs: Sequence[str]) -> list[Listing]:
    """Raises Conflict (`not_for_sale`)."""
    found = {
        listing.slug: listing
        for listing in Listing.objects.select_related("seller", "model")
        .defer("description", "description_html")
        .filter(slug__in=slugs)
    }
    for slug in slugs:
        if slug not in found or not found[slug].is_public:
            raise Conflict(
                _("“%(title)s” is not for sale.")
                % {"title": found[slug].title if slug in found and found[slug].published_at else slug},
                code="not_for_sale",
            )
    return [found[slug] for slug in slugs]


def refuse_what_cannot_be_bought(buyer: User, listings: Sequence[Listing], *, is_gift: bool = False) -> None:
    """Raises Conflict (`own_listing`, `payment_settling`, `already_owned`). What one owns one may give."""
    for listing in listings:
        if listing.seller.user_id == buyer.pk:
            raise Conflict(
                _("“%(title)s” is your own prompt. You can read it in your studio.")
                % {"title": listing.title},
                code="own_listing",
            )
    settling = Order.objects.filter(
        buyer=buyer, status=OrderStatus.PENDING, payment_problem=SETTLING, items__listing__in=listings
    )
    if order := settling.first():
        raise Conflict(
            _("Your bank payment for order %(number)s is still on its way. We will write when it arrives.")
            % {"number": order.number},
            code="payment_settling",
        )
    if is_gift:
        return
    owned = Entitlement.objects.filter(buyer=buyer, listing__in=listings, revoked_at=None)
    for entitlement in owned.select_related("listing"):
        raise Conflict(
            _("“%(title)s” is already in your library.") % {"title": entitlement.listing.title},
            code="already_owned",
        )
