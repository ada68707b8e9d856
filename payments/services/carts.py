"""A buyer's cart. It promises nothing: prices and what is on sale are looked at when it is ordered."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import Conflict
from listings.models import Listing, ListingStatus
from payments.locks import buyer_lock
from payments.models import MAX_CART_LINES, CartLine, Entitlement
from payments.services.quotes import listings_for_sale, refuse_what_cannot_be_bought


def cart_lines(user: User) -> QuerySet[CartLine]:
    """What is in the cart, oldest first. What the buyer owns by now is in it no more."""
    owned = Entitlement.objects.filter(buyer=user, listing=OuterRef("listing"), revoked_at=None)
    return CartLine.objects.filter(~Exists(owned), user=user)


def cart_add(*, user: User, listing_slug: str) -> Listing:
    """Put a listing into the cart; once is enough. Locks the buyer, for the limit.

    Raises Conflict (`not_for_sale`, `own_listing`, `already_owned`, `payment_settling`, `cart_full`).
    """
    with transaction.atomic():
        buyer_lock(user.pk)
        [listing] = listings_for_sale([listing_slug])
        refuse_what_cannot_be_bought(user, [listing])
        others = cart_lines(user).exclude(listing=listing)
        if others.count() >= MAX_CART_LINES:
            raise cart_full()
        CartLine.objects.get_or_create(user=user, listing=listing)
    return listing


def cart_full() -> Conflict:
    message = _("A cart holds %(count)s prompts. Buy these first, or take one out.")
    return Conflict(message % {"count": MAX_CART_LINES}, code="cart_full")


def cart_remove(*, user: User, listing_slug: str) -> Listing | None:
    """Take a listing out; None if it was not there."""
    line = CartLine.objects.filter(user=user, listing__slug=listing_slug).select_related("listing").first()
    if line is None:
        return None
    line.delete()
    return line.listing


def cart_merge(*, user: User, listing_ids: Sequence[int]) -> int:
    """What a guest had chosen goes into the buyer's cart, as far as there is room; returns how many came.

    Their own listings, and what they own or what is not on sale, are left out. Locks the buyer.
    """
    with transaction.atomic():
        buyer_lock(user.pk)
        present = set(CartLine.objects.filter(user=user).values_list("listing_id", flat=True))
        owned = Entitlement.objects.filter(buyer=user, listing=OuterRef("pk"), revoked_at=None)
        on_sale = Listing.objects.filter(~Exists(owned), pk__in=listing_ids, status=ListingStatus.PUBLISHED)
        found = set(on_sale.exclude(seller__user=user).values_list("pk", flat=True)) - present
        room = max(MAX_CART_LINES - len(present), 0)
        new = [pk for pk in dict.fromkeys(listing_ids) if pk in found][:room]
        CartLine.objects.bulk_create(CartLine(user=user, listing_id=pk) for pk in new)
    return len(new)


def cart_forget(*, user_id: int, listing_ids: Sequence[int]) -> None:
    """What was bought leaves the cart."""
    CartLine.objects.filter(user_id=user_id, listing__in=listing_ids).delete()
