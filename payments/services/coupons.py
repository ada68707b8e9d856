"""Coupons: made by sellers and staff, taken with an order, free again when it ends unpaid."""

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common import clock
from common.errors import InvalidInput, NotFound
from listings.models import Listing
from payments.locks import coupon_lock
from payments.models import Coupon, CouponUse, Order, OrderStatus
from payments.models.coupon import CODE_FORM
from payments.services.pricing import Discount


def coupon_create(
    *,
    seller: SellerProfile | None,
    code: str,
    percent: int | None = None,
    amount: int | None = None,
    listing_slugs: Sequence[str] = (),
    max_uses: int | None = None,
    ends_at: datetime.datetime | None = None,
) -> Coupon:
    """A new code, for some listings or for all of the seller's; `amount` in cents.

    The seller bears the discount; without a seller the platform does. Raises InvalidInput.
    """
    code = code_normalise(code)
    coupon = Coupon(
        code=code, seller=seller, percent=percent, amount=amount, max_uses=max_uses, ends_at=ends_at
    )
    _check(coupon)
    listings = _own_listings(seller, listing_slugs)
    try:
        with transaction.atomic():
            coupon.save()
            coupon.listings.set(listings)
    except IntegrityError as error:
        raise InvalidInput.of(
            "code", _("This code is taken. Choose another one."), code="coupon_code_taken"
        ) from error
    return coupon


def coupon_active_set(*, seller: SellerProfile, code: str, is_active: bool) -> Coupon:
    """Stop a coupon, or let it be used again. Orders made with it keep their prices."""
    coupon = Coupon.objects.filter(seller=seller, code=code_normalise(code)).first()
    if coupon is None:
        raise NotFound(_("There is no such coupon."), code="coupon_not_found")
    coupon.is_active = is_active
    coupon.save(update_fields=["is_active"])
    return coupon


def code_normalise(code: str) -> str:
    """As it is kept: people type codes in any case, with spaces around."""
    return code.strip().upper()


def discount_of(*, coupon: Coupon, listings: Iterable[Listing]) -> Discount:
    """What the coupon takes off these listings. Raises InvalidInput (`coupon_not_for_these`)."""
    named = set(coupon.listings.values_list("pk", flat=True))
    for_these = frozenset(
        listing.pk
        for listing in listings
        if (coupon.seller_id in (None, listing.seller_id))
        and (not named or listing.pk in named)
        and listing.price_amount
    )
    if not for_these:
        raise _refusal(_("This coupon is not for what is in your order."), "coupon_not_for_these")
    return Discount(
        listing_ids=for_these,
        percent=coupon.percent,
        amount=coupon.amount,
        is_platforms=coupon.seller_id is None,
    )


def coupon_find(*, code: str, buyer: User | None) -> Coupon:
    """The coupon if `buyer` may use it now; a guest is told of the limits once signed in.

    Orders of theirs that wait for payment do not count: a new one with the same coupon takes their place.
    Raises InvalidInput on `coupon`: unknown, not yet or no longer, used up, used by this buyer before.
    """
    coupon = Coupon.objects.filter(code=code_normalise(code)).first()
    if coupon is None:
        raise _refusal(_("There is no such coupon."), "coupon_unknown")
    _refuse_if_over(coupon)
    others = CouponUse.objects.filter(coupon=coupon, released_at=None)
    if buyer:
        others = others.exclude(buyer=buyer, order__status=OrderStatus.PENDING)
    if coupon.max_uses is not None and others.count() >= coupon.max_uses:
        raise _refusal(_("This coupon has been used up."), "coupon_used_up")
    if buyer and others.filter(buyer=buyer).exists():
        raise _refusal(_("You have used this coupon already. It can be used once."), "coupon_used")
    return coupon


def coupon_take(*, code: str, buyer: User) -> Coupon:
    """The coupon, locked until the transaction ends, so that its limit holds against parallel orders.

    Call it in the transaction that writes the order, the buyer locked before. Raises as coupon_find does.
    """
    coupon_lock(code_normalise(code))
    return coupon_find(code=code, buyer=buyer)


def coupon_release(*, order: Order) -> None:
    """The order ended unpaid: its coupon can be used again. Call it under the order's lock."""
    CouponUse.objects.filter(order=order, released_at=None).update(released_at=clock.now())


def coupon_retake(*, order: Order) -> None:
    """A late payment of an order that had ended: what it was sold for stands, whatever came in between.

    So a limit can be passed by as many as paid late. Call it under the order's lock.
    """
    for use in CouponUse.objects.filter(order=order).exclude(released_at=None):
        taken_again = CouponUse.objects.filter(coupon=use.coupon_id, buyer=use.buyer_id, released_at=None)
        if not taken_again.exists():
            CouponUse.objects.filter(pk=use.pk).update(released_at=None)


def _refuse_if_over(coupon: Coupon) -> None:
    now = clock.now()
    if not coupon.is_active or (coupon.ends_at and coupon.ends_at <= now):
        raise _refusal(_("This coupon is no longer valid."), "coupon_over")
    if coupon.starts_at > now:
        raise _refusal(_("This coupon is not valid yet."), "coupon_not_yet")


def _check(coupon: Coupon) -> None:
    if not re.fullmatch(CODE_FORM, coupon.code):
        raise InvalidInput.of("code", _("Use 3 to 30 letters, digits or hyphens."), code="coupon_code_form")
    if (coupon.percent is None) == (coupon.amount is None):
        raise InvalidInput.of("percent", _("Give either a percentage or an amount."))
    if coupon.percent is not None and not 1 <= coupon.percent <= 100:
        raise InvalidInput.of("percent", _("A percentage is from 1 to 100."))
    if coupon.amount is not None and coupon.amount < 1:
        raise InvalidInput.of("amount", _("The amount must be more than nothing."))
    if coupon.max_uses is not None and coupon.max_uses < 1:
        raise InvalidInput.of("max_uses", _("A limit is at least 1."))
    if coupon.ends_at and coupon.ends_at <= clock.now():
        raise InvalidInput.of("ends_at", _("The end must lie in the future."))


def _own_listings(seller: SellerProfile | None, slugs: Sequence[str]) -> list[Listing]:
    whose: Q = Q(seller=seller) if seller else Q()
    found = list(Listing.objects.filter(whose, slug__in=slugs))
    for slug in set(slugs) - {listing.slug for listing in found}:
        raise InvalidInput.of("listings", _("“%(slug)s” is no listing of yours.") % {"slug": slug})
    return found


def _refusal(message: Any, code: str) -> InvalidInput:
    return InvalidInput.of("coupon", message, code=code)
