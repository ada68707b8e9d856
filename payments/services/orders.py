"""From the wish to buy to a committed order, and on to Stripe's payment page."""

import datetime
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import InvalidInput
from listings.licences import licence_at
from payments import gateway
from payments.alarms import alarm_raise
from payments.locks import buyer_lock, order_lock
from payments.models import CouponUse, Order, OrderItem, OrderStatus, SaleSource
from payments.services.coupons import coupon_release, coupon_take
from payments.services.gifts import GiftWish, gift_refuse_again, gift_wish_check, gift_write
from payments.services.order_restore import order_metadata
from payments.services.pricing import PricedLine
from payments.services.quotes import Quote, listings_for_sale, quote, refuse_what_cannot_be_bought
from payments.services.settlement import free_order_settle

logger = logging.getLogger(__name__)

# A session with less time left than this is not handed out again.
SHORTEST_USEFUL_TIME = datetime.timedelta(minutes=2)
# Stripe wants at least 30 minutes of life when the session is made, so a late retry needs a new order.
LATEST_SESSION_RETRY = datetime.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a buyer wants to pay for, and how."""

    wanted: Quote
    sources: Mapping[str, SaleSource]
    success_url: str
    cancel_url: str
    has_consented: bool
    gift: GiftWish | None


def order_create(
    *,
    buyer: User,
    listing_slugs: Sequence[str],
    coupon_code: str = "",
    gift: GiftWish | None = None,
    has_consented: bool = False,
    success_url: str = "",
    cancel_url: str = "",
    sources: Mapping[str, SaleSource] | None = None,
) -> Order:
    """Commit an order for these listings at today's prices, then give it a payment page.

    Free orders are paid and delivered at once. Asking again for the same listings gives the open order
    back, so that twenty clicks make one charge. `has_consented`: to immediate delivery. A `gift` is read by
    whoever claims it, and by nobody before; it costs something, for mails to strangers are not for nothing.

    Locks the buyer, then the coupon. The platform fee includes card processing; a seller's coupon is borne
    by the seller, any other by the platform. `sources` says by slug what brought the buyer: what came by its
    seller's own link has no platform fee, and the seller bears the card processing.

    Raises Conflict (`not_for_sale`, `own_listing`, `already_owned`, `already_given`), InvalidInput (`items`,
    `coupon`, `gift_email`, `gift_message`, `gift_on`, `gift_free`), and
    gateway.GatewayUnavailable when Stripe does not answer: the order stays and a retry uses it.
    """
    slugs = list(dict.fromkeys(listing_slugs))
    if not slugs:
        raise InvalidInput.of("items", _("Choose at least one prompt to buy."))
    wish = gift_wish_check(gift) if gift else None
    with transaction.atomic():
        buyer_lock(buyer.pk)
        listings = listings_for_sale(slugs)
        refuse_what_cannot_be_bought(buyer, listings, is_gift=wish is not None)
        coupon = coupon_take(code=coupon_code, buyer=buyer) if coupon_code else None
        brought = {slug: source for slug, source in (sources or {}).items() if slug in slugs}
        own_links = [slug for slug, source in brought.items() if source == SaleSource.OWN_LINK]
        wanted = quote(listings, coupon, own_links)
        if wish:
            _refuse_gift(buyer, wish, wanted)
        asked = Asked(wanted, brought, success_url, cancel_url, has_consented, wish)
        order = _open_order_for(buyer, asked)
        if order is None:
            order = _order_write(buyer, asked)
    if order.total_amount and not order.stripe_session_id:
        order = checkout_start(order=order)
    return order


def checkout_start(*, order: Order) -> Order:
    """Make the order's Checkout Session and keep its address. Holds no lock while Stripe is asked.

    A fault at Stripe is replayed under the same key for a day, so it moves the order to its next attempt.
    A refusal is a mistake of ours (a wrong key, say) that no buyer can mend: it is raised as
    GatewayUnavailable, and people are told.
    """
    items = list(order.items.order_by("pk"))
    try:
        session = gateway.session_create(
            order_id=str(order.pk),
            order_number=order.number,
            lines=[gateway.SessionLine(name=item.title, amount=item.net_amount) for item in items],
            currency=order.currency,
            email=order.buyer.email,
            language=order.buyer.language,
            success_url=order.success_url or _return_url(),
            cancel_url=order.cancel_url or f"{settings.PUBLIC_URL}/checkout/canceled/?order={order.pk}",
            expires_at=order.expires_at,
            metadata=order_metadata(order, items),
            attempt=order.checkout_attempt,
        )
    except gateway.GatewayFault:
        Order.objects.filter(pk=order.pk, checkout_attempt=order.checkout_attempt).update(
            checkout_attempt=order.checkout_attempt + 1
        )
        raise
    except gateway.GatewayRefused as error:
        alarm_raise("checkout_refused", subject=f"order:{order.pk}", detail=str(error))
        raise gateway.GatewayUnavailable(
            _("The payment page cannot be opened at the moment. Please try again later.")
        ) from error
    unlinked = Order.objects.filter(pk=order.pk, stripe_session_id=None)
    if unlinked.update(stripe_session_id=session.id, checkout_url=session.url or ""):
        order.stripe_session_id, order.checkout_url = session.id, session.url or ""
    else:
        order.refresh_from_db()
    return order


def order_cancel(*, order: Order) -> Order:
    """The buyer will not pay this one. Locks it; its payment page is closed after the commit.

    A payment that slips through all the same is still settled: see settlement.
    """
    with transaction.atomic():
        order = order_lock(order.pk)
        if order.status == OrderStatus.PENDING:
            _close(order, OrderStatus.CANCELED)
    return order


def _close(order: Order, status: OrderStatus) -> None:
    order.move_to(status)
    order.closed_at = clock.now()
    order.save(update_fields=["status", "closed_at"])
    coupon_release(order=order)
    if order.stripe_session_id:
        enqueue_on_commit("payments.checkout_close", order.stripe_session_id)


def _refuse_gift(buyer: User, wish: GiftWish, wanted: Quote) -> None:
    if not wanted.total_amount:
        message = _("What costs nothing needs no gift: send them its address.")
        raise InvalidInput.of("gift_email", message, code="gift_free")
    gift_refuse_again(buyer=buyer, wish=wish, listings=wanted.listings)


def _open_order_for(buyer: User, asked: Asked) -> Order | None:
    """The buyer's open order for just this; others that overlap, or hold its coupon, are canceled."""
    wanted = asked.wanted
    lines = {
        (
            line.listing.pk,
            line.unit_amount,
            line.discount_amount,
            line.listing.published_version_id,
            str(asked.sources.get(line.listing.slug, SaleSource.SITE)),
        )
        for line in wanted.lines
    }
    in_the_way = Q(items__listing__in=wanted.listings)
    if wanted.coupon:
        in_the_way |= Q(coupon_use__coupon=wanted.coupon)
    found = Order.objects.filter(in_the_way, buyer=buyer, status=OrderStatus.PENDING)
    match = None
    for order in found.select_related("coupon_use", "gift").distinct().order_by("pk"):
        same_urls = (order.success_url, order.cancel_url) == (asked.success_url, asked.cancel_url)
        is_same = _coupon_of(order) == (wanted.coupon and wanted.coupon.pk) and _lines_of(order) == lines
        same_gift = _is_same_gift(order, asked.gift)
        if match is None and is_same and same_urls and same_gift and _is_still_useful(order):
            match = order
        else:
            _close(order, OrderStatus.CANCELED)
    return match


def _lines_of(order: Order) -> set[tuple[int, int, int, int, str]]:
    fields = ("listing_id", "unit_amount", "discount_amount", "version_id", "source")
    return set(order.items.values_list(*fields))


def _coupon_of(order: Order) -> int | None:
    use = getattr(order, "coupon_use", None)
    return use.coupon_id if use else None


def _is_same_gift(order: Order, wish: GiftWish | None) -> bool:
    if wish is None or not order.is_gift:
        return wish is None and not order.is_gift
    kept = (order.gift.email, order.gift.message, order.gift.send_at)
    return kept == (wish.email, wish.message, wish.send_at or order.created_at)


def _is_still_useful(order: Order) -> bool:
    now = clock.now()
    if order.stripe_session_id:
        return order.expires_at > now + SHORTEST_USEFUL_TIME
    return order.created_at > now - LATEST_SESSION_RETRY


def _order_write(buyer: User, asked: Asked) -> Order:
    now, wanted = clock.now(), asked.wanted
    order = Order.objects.create(
        buyer=buyer,
        currency=wanted.currency,
        subtotal_amount=wanted.subtotal_amount,
        discount_amount=wanted.discount_amount,
        total_amount=wanted.total_amount,
        success_url=asked.success_url,
        cancel_url=asked.cancel_url,
        is_gift=asked.gift is not None,
        consented_at=now if asked.has_consented else None,
        created_at=now,
        expires_at=now + datetime.timedelta(minutes=settings.ORDER_LIFETIME_MINUTES),
    )
    items = OrderItem.objects.bulk_create(
        _item_of(order, line, asked.sources.get(line.listing.slug, SaleSource.SITE)) for line in wanted.lines
    )
    if wanted.coupon:
        CouponUse.objects.create(coupon=wanted.coupon, order=order, buyer=buyer, created_at=now)
    if asked.gift:
        gift_write(order=order, wish=asked.gift)
    if order.total_amount == 0:
        free_order_settle(order, items)
    return order


def _item_of(order: Order, line: PricedLine, source: SaleSource) -> OrderItem:
    return OrderItem(
        order=order,
        listing=line.listing,
        version_id=line.listing.published_version_id,  # type: ignore[misc]  # on sale, so it has one
        seller=line.listing.seller,
        title=line.listing.title,
        license=line.listing.license,
        license_version=licence_at(line.listing.license, order.created_at).version,
        unit_amount=line.unit_amount,
        discount_amount=line.discount_amount,
        platform_discount_amount=line.platform_discount_amount,
        platform_fee_amount=line.platform_fee_amount,
        seller_amount=line.seller_amount,
        source=source,
    )


def _return_url() -> str:
    return f"{settings.PUBLIC_URL}/checkout/return/?session_id={{CHECKOUT_SESSION_ID}}"


def order_expire_unstarted(*, order_id: Any) -> None:
    """End an order that never got a payment page and whose time is over. Locks it."""
    with transaction.atomic():
        order = order_lock(order_id)
        if (
            order.status == OrderStatus.PENDING
            and not order.stripe_session_id
            and order.expires_at <= clock.now()
        ):
            _close(order, OrderStatus.EXPIRED)


def order_check_later(order: Order) -> None:
    """Put off asking Stripe: each pause grows with the order's age, so that old open orders cost little."""
    age = max(clock.now() - order.created_at, datetime.timedelta(seconds=15))
    Order.objects.filter(pk=order.pk).update(
        next_check_at=timezone.now() + min(age, datetime.timedelta(hours=1))
    )
