"""From the wish to buy to a committed order, and on to Stripe's payment page."""

import datetime
import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import Conflict, InvalidInput
from common.money import MIN_CHARGE_AMOUNT, USD, platform_fee_amount
from listings.models import Listing
from payments import gateway
from payments.alarms import alarm_raise
from payments.locks import buyer_lock, order_lock
from payments.models import Entitlement, Order, OrderItem, OrderStatus
from payments.services.order_restore import order_metadata
from payments.services.settlement import SETTLING, free_order_settle

logger = logging.getLogger(__name__)

# A session with less time left than this is not handed out again.
SHORTEST_USEFUL_TIME = datetime.timedelta(minutes=2)
# Stripe wants at least 30 minutes of life when the session is made, so a late retry needs a new order.
LATEST_SESSION_RETRY = datetime.timedelta(minutes=5)


def order_create(
    *, buyer: User, listing_slugs: Sequence[str], success_url: str = "", cancel_url: str = ""
) -> Order:
    """Commit an order for these listings at today's prices, then give it a payment page.

    Free orders are paid and delivered at once. Asking again for the same listings gives the open order
    back, so that twenty clicks make one charge. Locks the buyer. The platform fee includes card processing.

    Raises Conflict (`not_for_sale`, `own_listing`, `already_owned`), InvalidInput (`items`), and
    gateway.GatewayUnavailable when Stripe does not answer: the order stays and a retry uses it.
    """
    slugs = list(dict.fromkeys(listing_slugs))
    if not slugs:
        raise InvalidInput.of("items", _("Choose at least one prompt to buy."))
    with transaction.atomic():
        buyer_lock(buyer.pk)
        listings = _listings_for_sale(slugs)
        _refuse_what_cannot_be_bought(buyer, listings)
        order = _open_order_for(buyer, listings, success_url, cancel_url)
        if order is None:
            order = _order_write(buyer, listings, success_url, cancel_url)
    if order.total_amount and not order.stripe_session_id:
        order = checkout_start(order=order)
    return order


def purchase_check(*, buyer: User, listing_slugs: Sequence[str]) -> list[Listing]:
    """What an order for these listings would sell now. Writes nothing; refuses as order_create does."""
    listings = _listings_for_sale(listing_slugs)
    _refuse_what_cannot_be_bought(buyer, listings)
    return listings


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
    if order.stripe_session_id:
        enqueue_on_commit("payments.checkout_close", order.stripe_session_id)


def _listings_for_sale(slugs: Sequence[str]) -> list[Listing]:
    found = {
        listing.slug: listing
        for listing in Listing.objects.select_related("seller")
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


def _refuse_what_cannot_be_bought(buyer: User, listings: Sequence[Listing]) -> None:
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
    owned = Entitlement.objects.filter(buyer=buyer, listing__in=listings, revoked_at=None)
    for entitlement in owned.select_related("listing"):
        raise Conflict(
            _("“%(title)s” is already in your library.") % {"title": entitlement.listing.title},
            code="already_owned",
        )


def _open_order_for(
    buyer: User, listings: Sequence[Listing], success_url: str, cancel_url: str
) -> Order | None:
    """The buyer's open order for just these listings at these prices; overlapping others are canceled."""
    wanted = {(listing.pk, listing.price_amount, listing.published_version_id) for listing in listings}
    overlapping = (
        Order.objects.filter(buyer=buyer, status=OrderStatus.PENDING, items__listing__in=listings)
        .distinct()
        .order_by("pk")
    )
    match = None
    for order in overlapping:
        lines = {(item.listing_id, item.unit_amount, item.version_id) for item in order.items.all()}
        same_urls = (order.success_url, order.cancel_url) == (success_url, cancel_url)
        if match is None and lines == wanted and same_urls and _is_still_useful(order):
            match = order
        else:
            _close(order, OrderStatus.CANCELED)
    return match


def _is_still_useful(order: Order) -> bool:
    now = clock.now()
    if order.stripe_session_id:
        return order.expires_at > now + SHORTEST_USEFUL_TIME
    return order.created_at > now - LATEST_SESSION_RETRY


def _order_write(buyer: User, listings: Sequence[Listing], success_url: str, cancel_url: str) -> Order:
    total = sum(listing.price_amount for listing in listings)
    if 0 < total < MIN_CHARGE_AMOUNT:
        raise InvalidInput.of("items", _("The total must be free or at least $0.50."), code="total_too_low")
    now = clock.now()
    order = Order.objects.create(
        buyer=buyer,
        currency=USD,
        subtotal_amount=total,
        total_amount=total,
        success_url=success_url,
        cancel_url=cancel_url,
        created_at=now,
        expires_at=now + datetime.timedelta(minutes=settings.ORDER_LIFETIME_MINUTES),
    )
    items = OrderItem.objects.bulk_create(_item_of(order, listing) for listing in listings)
    if total == 0:
        free_order_settle(order, items)
    return order


def _item_of(order: Order, listing: Listing) -> OrderItem:
    fee = platform_fee_amount(listing.price_amount, settings.PLATFORM_FEE_BPS)
    return OrderItem(
        order=order,
        listing=listing,
        version_id=listing.published_version_id,  # type: ignore[misc]  # on sale, so it has one
        seller=listing.seller,
        title=listing.title,
        license=listing.license,
        unit_amount=listing.price_amount,
        platform_fee_amount=fee,
        seller_amount=listing.price_amount - fee,
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
