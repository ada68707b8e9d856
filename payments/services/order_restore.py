"""An order kept twice: in our rows, and in few words on its Checkout Session at Stripe.

When the database was restored to a moment before the order was made, its payment still names it. The order
is rebuilt from there with its id and number, and settled as usual.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common.errors import NotFound
from common.ids import is_uuid
from listings.licences import licence_at
from listings.models import Listing, PromptVersion
from payments.gateway import SessionFacts
from payments.locks import buyer_lock
from payments.models import Gift, Order, OrderItem, SaleSource
from payments.services.keeping import entries_keep, entries_kept

# The fields of a KeptItem that are there for every item; what is zero of the rest is left out at the end.
_ALWAYS_KEPT = 6


class OrderNotRestorable(NotFound):
    """A paid order that is not here and cannot be rebuilt; the message says what a person must know."""

    code = "order_not_restorable"


@dataclass(frozen=True, slots=True)
class KeptItem:
    """One item as it is kept at Stripe. Amounts in minor units; the seller's share is what is left."""

    listing_id: int
    version_id: int
    unit_amount: int
    discount_amount: int
    platform_fee_amount: int
    license: str
    platform_discount_amount: int = 0
    is_own_link: int = 0

    def __str__(self) -> str:
        values = list(astuple(self))
        while len(values) > _ALWAYS_KEPT and not values[-1]:
            values.pop()
        return ":".join(map(str, values))

    @classmethod
    def parse(cls, text: str) -> "KeptItem":
        listing_id, version_id, unit, discount, fee, license_, *rest = text.split(":")
        return cls(
            int(listing_id), int(version_id), int(unit), int(discount), int(fee), license_, *map(int, rest)
        )

    @property
    def net_amount(self) -> int:
        return self.unit_amount - self.discount_amount


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """What a session tells of its order."""

    id: str
    number: str
    buyer_id: int
    created_at: datetime.datetime
    gift_id: str
    items: tuple[KeptItem, ...]


def order_metadata(order: Order, items: Sequence[OrderItem]) -> dict[str, str]:
    """What rebuilding the order takes, beside its id and number; the same texts each time it is asked.

    Ids and amounts only: nothing that names a person, no text of a prompt. So the address of a gift is lost
    with the row, and its buyer types it again.
    """
    kept = (
        KeptItem(
            listing_id=item.listing_id,
            version_id=item.version_id,
            unit_amount=item.unit_amount,
            discount_amount=item.discount_amount,
            platform_fee_amount=item.platform_fee_amount,
            license=item.license,
            platform_discount_amount=item.platform_discount_amount,
            is_own_link=int(item.is_own_link),
        )
        for item in items
    )
    head = {"buyer": str(order.buyer_id), "created": order.created_at.isoformat()}
    head |= {"gift": str(order.gift.pk)} if order.is_gift else {}
    return head | entries_keep("items", map(str, kept))


def order_restore(facts: SessionFacts) -> Order:
    """Rebuild the order that a completed session names, unpaid as yet. Locks the buyer; safe to repeat.

    Fees and shares are those of the day it was made. Raises OrderNotRestorable where buyer, listing or
    version are not here either. A row younger than the order is another one that got the same number after
    the restore, so it counts as not here.
    """
    kept = _kept_order(facts)
    with transaction.atomic():
        if not User.objects.filter(pk=kept.buyer_id, joined_at__lte=kept.created_at).exists():
            raise _not_restorable(facts, f"buyer {kept.buyer_id} is not here")
        buyer = buyer_lock(kept.buyer_id)
        if known := Order.objects.filter(pk=kept.id).first():
            return known
        listings = _listings_sold(facts, kept)
        return _order_write(facts, kept, buyer, listings)


def _kept_order(facts: SessionFacts) -> KeptOrder:
    metadata: Mapping[str, str] = facts.metadata
    try:
        kept = KeptOrder(
            id=metadata["order_id"],
            number=metadata["order_number"],
            buyer_id=int(metadata["buyer"]),
            created_at=datetime.datetime.fromisoformat(metadata["created"]),
            gift_id=metadata.get("gift", ""),
            items=tuple(map(KeptItem.parse, entries_kept("items", metadata))),
        )
    except (KeyError, ValueError) as error:
        raise _not_restorable(facts, "its session does not tell what was ordered") from error
    total = sum(item.net_amount for item in kept.items)
    if not kept.items:
        raise _not_restorable(facts, "its session does not tell what was ordered")
    if not is_uuid(kept.id) or not is_uuid(kept.gift_id or kept.id) or kept.id != facts.client_reference_id:
        raise _not_restorable(facts, "its session is another program's")
    if total != facts.amount_total:
        raise _not_restorable(facts, f"its items sum to {total}, and {facts.amount_total} was asked for")
    return kept


def _listings_sold(facts: SessionFacts, kept: KeptOrder) -> dict[int, Listing]:
    """The listings by id, each with the version that was bought and was on sale by then."""
    found = Listing.objects.defer("description", "description_html").filter(created_at__lte=kept.created_at)
    listings = found.in_bulk([item.listing_id for item in kept.items])
    versions = PromptVersion.objects.filter(
        pk__in=[item.version_id for item in kept.items], published_at__lte=kept.created_at
    )
    on_sale = set(versions.values_list("listing_id", "pk"))
    for item in kept.items:
        if item.listing_id not in listings:
            raise _not_restorable(facts, f"listing {item.listing_id} is not here")
        if (item.listing_id, item.version_id) not in on_sale:
            raise _not_restorable(facts, f"version {item.version_id} of {item.listing_id} is not here")
    return listings


def _order_write(facts: SessionFacts, kept: KeptOrder, buyer: User, listings: dict[int, Listing]) -> Order:
    lifetime = datetime.timedelta(minutes=settings.ORDER_LIFETIME_MINUTES)
    order = Order.objects.create(
        pk=kept.id,
        number=kept.number,
        buyer=buyer,
        currency=facts.currency,
        subtotal_amount=sum(item.unit_amount for item in kept.items),
        discount_amount=sum(item.discount_amount for item in kept.items),
        total_amount=facts.amount_total,
        stripe_session_id=facts.id,
        is_gift=bool(kept.gift_id),
        created_at=kept.created_at,
        expires_at=kept.created_at + lifetime,
    )
    if kept.gift_id:
        Gift.objects.create(pk=kept.gift_id, order=order, created_at=kept.created_at)
    OrderItem.objects.bulk_create(
        OrderItem(
            order=order,
            listing_id=item.listing_id,
            version_id=item.version_id,
            seller_id=listings[item.listing_id].seller_id,
            title=listings[item.listing_id].title,
            license=item.license,
            license_version=licence_at(item.license, kept.created_at).version,
            unit_amount=item.unit_amount,
            discount_amount=item.discount_amount,
            platform_discount_amount=item.platform_discount_amount,
            platform_fee_amount=item.platform_fee_amount,
            seller_amount=item.net_amount - item.platform_fee_amount,
            source=SaleSource.OWN_LINK if item.is_own_link else SaleSource.SITE,
        )
        for item in kept.items
    )
    return order


def _not_restorable(facts: SessionFacts, why: str) -> OrderNotRestorable:
    number = facts.metadata.get("order_number", "?")
    return OrderNotRestorable(
        f"Order {number} is paid at Stripe and not here, and {why} (session {facts.id})."
    )
