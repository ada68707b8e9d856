"""Presents: bought for an address, told of by mail, claimed once by whoever holds the link.

See docs/decisions/0011-gifts.md for who may claim and what ends a gift.
"""

import datetime
import secrets as constant_time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import Conflict, InvalidInput, NotFound
from common.ids import is_uuid
from common.outbox import message_publish
from listings.models import Listing, Takedown
from payments.locks import gift_lock, order_items_lock, order_lock, payment_of_order, people_lock
from payments.models import MAX_MESSAGE, Entitlement, Gift, Order, OrderItem
from payments.models.dispute import FREEZING_STATUSES
from payments.services.access import access_restore
from payments.services.refund_rows import is_given_back

CLAIMED_TOPIC = "gift_claimed"
MAX_SENDS = 5
RESEND_PAUSE = datetime.timedelta(minutes=10)
LATEST = datetime.timedelta(days=365)
# A present for a day arrives in its morning.
HOUR_OF_DAY = 8
_SALT = "promptfair.gift"


@dataclass(frozen=True, slots=True)
class GiftWish:
    """For whom an order is meant. Without a day the mail goes once the order is paid."""

    email: str
    message: str = ""
    send_on: datetime.date | None = None

    @property
    def send_at(self) -> datetime.datetime | None:
        if self.send_on is None:
            return None
        return datetime.datetime.combine(self.send_on, datetime.time(HOUR_OF_DAY), datetime.UTC)


def gift_wish_check(wish: GiftWish) -> GiftWish:
    """The wish as it is kept. Raises InvalidInput (`gift_email`, `gift_message`, `gift_on`)."""
    message = wish.message.strip()
    if len(message) > MAX_MESSAGE:
        told = {"most": MAX_MESSAGE}
        raise InvalidInput.of("gift_message", _("A message has at most %(most)s characters.") % told)
    today = clock.now().date()
    if wish.send_on and not today <= wish.send_on <= today + LATEST:
        raise InvalidInput.of("gift_on", _("Choose a day from today to a year from now."))
    return GiftWish(_email_check(wish.email), message, None if wish.send_on == today else wish.send_on)


def gift_refuse_again(*, buyer: User, wish: GiftWish, listings: Sequence[Listing]) -> None:
    """The same prompt to the same address twice is a slip. Raises Conflict (`already_given`)."""
    given = OrderItem.objects.filter(
        order__buyer=buyer,
        order__is_gift=True,
        order__gift__email__iexact=wish.email,
        listing__in=listings,
        paid_at__isnull=False,
    )
    for item in given:
        if not is_given_back(item):
            told = {"title": item.title, "email": wish.email}
            raise Conflict(_("You have given “%(title)s” to %(email)s already.") % told, code="already_given")


def gift_write(*, order: Order, wish: GiftWish) -> Gift:
    """Call it in the transaction that writes the order."""
    send_at = wish.send_at or order.created_at
    return Gift.objects.create(order=order, email=wish.email, message=wish.message, send_at=send_at)


def gift_paid(*, order: Order) -> None:
    """The order is paid: the mail goes now or on its day. Call it under the order's lock."""
    gift = order.gift
    gift.due_at = max(gift.send_at, clock.now())
    gift.save(update_fields=["due_at"])
    if gift.send_at <= clock.now():
        enqueue_on_commit("payments.gift_send", str(gift.pk))


def gift_secret(gift: Gift, key: str | None = None) -> str:
    """What the link holds beside the gift's id. The database has nothing to make it from."""
    value = f"{gift.pk}:{gift.revision}"
    return salted_hmac(_SALT, value, secret=key, algorithm="sha256").hexdigest()


def gift_url(gift: Gift) -> str:
    return f"{settings.PUBLIC_URL}/gifts/{gift.pk}/{gift_secret(gift)}/"


def gift_find(*, gift_id: Any, secret: str) -> Gift:
    """The paid gift that a link names. Raises NotFound for any other link, and for one replaced since."""
    gift = None
    if is_uuid(str(gift_id)):
        gifts = Gift.objects.select_related("order__buyer")
        gift = gifts.filter(pk=gift_id, order__paid_at__isnull=False).first()
    if gift is None or not _is_secret(gift, secret):
        raise NotFound(_("There is no such gift."), code="gift_not_found")
    return gift


def gift_claim(*, gift_id: Any, secret: str, by: User) -> Gift:
    """All that is left of a gift becomes readable for `by`, once; asking again changes nothing.

    Locks buyer and claimer, then the order. The buyer may claim it as well. Raises NotFound, and Conflict
    (`gift_claimed`, `gift_taken_back`, `disputed`, `own_listing`, `already_owned`).
    """
    found = gift_find(gift_id=gift_id, secret=secret)
    with transaction.atomic():
        people_lock({found.order.buyer_id, by.pk})
        order, gift = order_lock(found.order_id), gift_lock(found.pk)
        if not _is_secret(gift, secret):
            raise NotFound(_("There is no such gift."), code="gift_not_found")
        if gift.claimed_by_id == by.pk:
            return gift
        if gift.claimed_at:
            raise Conflict(_("This gift has been claimed already."), code="gift_claimed")
        _refuse_if_disputed(order)
        items = gift_items_left(order_items_lock(order))
        if not items:
            raise Conflict(_("The giver has taken this gift back."), code="gift_taken_back")
        _refuse_if_useless(items, by)
        gift.claimed_by, gift.claimed_at, order.gift = by, clock.now(), gift
        gift.save(update_fields=["claimed_by", "claimed_at"])
        for item in items:
            item.order = order
        access_restore(items)
        message_publish(CLAIMED_TOPIC, subject=gift.pk)
    return gift


def gift_items_left(items: Sequence[OrderItem]) -> list[OrderItem]:
    """What the giver's money has not come back for, and no law has taken away."""
    forbidden = Takedown.objects.filter(listing__in=[item.listing_id for item in items], ends_access=True)
    ended = set(forbidden.values_list("listing_id", flat=True))
    return [item for item in items if item.listing_id not in ended and not is_given_back(item)]


def gift_resend(*, order: Order, email: str | None = None) -> Gift:
    """Send the mail of a gift that nobody has claimed once more, or to another address.

    Another address ends the link sent before. One that waits for its day goes on waiting. Locks the order.
    Raises InvalidInput, and Conflict (`gift_claimed`, `gift_taken_back`, `gift_sent_lately`,
    `gift_sent_often`).
    """
    address = None if email is None else _email_check(email)
    with transaction.atomic():
        order = order_lock(order.pk)
        gift = gift_lock(order.gift.pk) if order.is_gift else None
        if gift is None or not order.is_paid:
            raise NotFound(_("There is no such gift."), code="gift_not_found")
        if gift.claimed_at:
            raise Conflict(_("This gift has been claimed already."), code="gift_claimed")
        if not gift_items_left(order_items_lock(order)):
            raise Conflict(_("You have taken this gift back."), code="gift_taken_back")
        is_new = address is not None and address != gift.email
        _refuse_if_often(gift, is_new=is_new)
        if address is not None and is_new:
            gift.email, gift.revision = address, gift.revision + 1
        gift.due_at = max(gift.send_at, clock.now())
        gift.sent_at, gift.reminded_at, gift.attempts, gift.next_attempt_at = None, None, 0, timezone.now()
        gift.save()
        if gift.due_at <= clock.now():
            enqueue_on_commit("payments.gift_send", str(gift.pk))
    return gift


def _email_check(email: str) -> str:
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput.of("gift_email", _("Type the whole address, such as ada@example.com.")) from error
    if len(email) > 254:
        raise InvalidInput.of("gift_email", _("An address has at most 254 characters."))
    return email


def _is_secret(gift: Gift, secret: str) -> bool:
    keys = [None, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time.compare_digest(gift_secret(gift, key), secret) for key in keys)


def _refuse_if_disputed(order: Order) -> None:
    payment = payment_of_order(order)
    if payment and payment.disputes.filter(status__in=FREEZING_STATUSES).exists():
        message = _("A bank is deciding about the payment of this gift. Try again in some weeks.")
        raise Conflict(message, code="disputed")


def _refuse_if_useless(items: Sequence[OrderItem], by: User) -> None:
    for item in items:
        if item.seller.user_id == by.pk:
            message = _("“%(title)s” is your own prompt, so this gift is of no use to you.")
            raise Conflict(message % {"title": item.title}, code="own_listing")
    owned = Entitlement.objects.filter(
        buyer=by, listing__in=[item.listing_id for item in items], revoked_at=None
    )
    if entitlement := owned.select_related("listing").first():
        message = _(
            "“%(title)s” is in your library already. Pass the link on to somebody else, or ask the giver to "
            "take the gift back."
        )
        raise Conflict(message % {"title": entitlement.listing.title}, code="already_owned")


def _refuse_if_often(gift: Gift, *, is_new: bool) -> None:
    if gift.sent_count >= MAX_SENDS:
        message = _("We have written %(most)s times. Write to us with the order number.")
        raise Conflict(message % {"most": MAX_SENDS}, code="gift_sent_often")
    if not is_new and gift.sent_at and gift.sent_at > clock.now() - RESEND_PAUSE:
        message = _("We wrote only minutes ago. Wait a little before you send it again.")
        raise Conflict(message, code="gift_sent_lately")
