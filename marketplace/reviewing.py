"""Writing reviews, answering them, and keeping what one likes."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.outbox import message_publish
from listings.models import Listing, ListingStatus
from marketplace.models import Favorite, Review
from payments.models import Entitlement

MAX_REVIEW_LENGTH = 2000
MAX_FAVORITES = 2000
# A first review, by its id; it may be gone again when it is told of.
WRITTEN_TOPIC = "review_written"
# A seller's first reply to a review, by the review's id.
REPLIED_TOPIC = "review_replied"


def review_write(*, entitlement: Entitlement, stars: int, text: str) -> Review:
    """The buyer's verdict on a purchase, or a better one in its place; the listing's rating follows.

    Locks the entitlement. Raises InvalidInput (`stars`, `text`), Conflict (`access_ended`).
    """
    if not 1 <= stars <= 5:
        raise InvalidInput.of("stars", _("Give one to five stars."))
    text = _words(text, _("A review has at most %(count)s characters."))
    with transaction.atomic():
        entitlement = Entitlement.objects.select_for_update().get(pk=entitlement.pk)
        if entitlement.revoked_at:
            raise Conflict(_("Only who has the prompt can review it."), code="access_ended")
        review = Review.objects.filter(entitlement=entitlement).first()
        if review is None:
            review = Review(
                entitlement=entitlement, listing_id=entitlement.listing_id, buyer_id=entitlement.buyer_id
            )
            added, more = 1, stars
        else:
            added, more = 0, stars - review.stars
            review.edited_at = clock.now()
        review.stars, review.text = stars, text
        review.save()
        _rating_move(review.listing_id, added, more)
        if added:
            message_publish(WRITTEN_TOPIC, subject=review.pk)
    return review


def review_delete(*, entitlement: Entitlement) -> None:
    """Take a review back, and the seller's reply with it. Locks the entitlement."""
    with transaction.atomic():
        Entitlement.objects.select_for_update().get(pk=entitlement.pk)
        review = Review.objects.filter(entitlement=entitlement).first()
        if review is not None:
            review.delete()
            _rating_move(review.listing_id, -1, -review.stars)


def _rating_move(listing_id: int, count: int, stars: int) -> None:
    Listing.objects.filter(pk=listing_id).update(
        rating_count=F("rating_count") + count, rating_sum=F("rating_sum") + stars
    )


def review_reply(*, seller: SellerProfile, review_id: int, text: str) -> Review:
    """The seller's answer under a review; an empty one takes it away. Raises NotFound, InvalidInput."""
    review = Review.objects.filter(pk=review_id, listing__seller=seller).first()
    if review is None:
        raise NotFound(_("There is no such review."), code="review_not_found")
    text = _words(text, _("A reply has at most %(count)s characters."))
    is_first = bool(text) and not review.reply
    review.reply, review.replied_at = text, clock.now() if text else None
    with transaction.atomic():
        review.save(update_fields=["reply", "replied_at"])
        if is_first:
            message_publish(REPLIED_TOPIC, subject=review.pk)
    return review


def _words(text: str, too_long: str) -> str:
    """As it is kept: plain line breaks, nothing around it."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > MAX_REVIEW_LENGTH:
        raise InvalidInput.of("text", too_long % {"count": MAX_REVIEW_LENGTH})
    return text


def favorite_add(*, user: User, listing_slug: str) -> Listing:
    """Keep a listing among the user's favourites; once is enough. Raises NotFound, Conflict."""
    listing = Listing.objects.filter(slug=listing_slug, status=ListingStatus.PUBLISHED).first()
    if listing is None:
        raise NotFound(_("There is no such listing."), code="listing_not_found")
    if Favorite.objects.filter(user=user).count() >= MAX_FAVORITES:
        raise Conflict(_("You have kept as many prompts as there is room for."), code="favorites_full")
    try:
        with transaction.atomic():
            Favorite.objects.create(user=user, listing=listing)
            Listing.objects.filter(pk=listing.pk).update(favorites_count=F("favorites_count") + 1)
    except IntegrityError:
        pass  # kept already, perhaps by another click at this moment
    return listing


def favorite_remove(*, user: User, listing_slug: str) -> None:
    """Nothing happens if it was not kept."""
    with transaction.atomic():
        gone = Favorite.objects.filter(user=user, listing__slug=listing_slug)
        if gone.delete()[0]:
            Listing.objects.filter(slug=listing_slug).update(favorites_count=F("favorites_count") - 1)
