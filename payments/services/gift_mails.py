"""When the mails of gifts go: the present on its day, and a word to a giver whose gift lies unclaimed."""

import datetime
import logging
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from common import clock
from common.attempts import attempt_failed, due_ids, row_claim
from payments import mails
from payments.models import Gift
from payments.services.gifts import gift_items_left, gift_url

logger = logging.getLogger(__name__)

# For counts of what does not get done, by the database's own clock.
WAITING = Q(due_at__lte=Now(), sent_at=None, claimed_at=None) & ~Q(email="")
REMIND_AFTER = datetime.timedelta(days=14)


def unsent() -> Q:
    """Gifts whose day has come and whose mail has not gone."""
    return Q(due_at__lte=clock.now(), sent_at=None, claimed_at=None) & ~Q(email="")


def unclaimed() -> Q:
    """Gifts that were sent a fortnight ago; their givers have not been told that nobody claimed them."""
    return Q(sent_at__lte=clock.now() - REMIND_AFTER, claimed_at=None, reminded_at=None)


def gifts_waiting() -> list[Any]:
    """What a sweeper should try now."""
    return due_ids(Gift, waiting=unsent()) + due_ids(Gift, waiting=unclaimed())


def gift_send(*, gift_id: Any) -> bool:
    """Send what is due of a gift. Safe to repeat: the row is claimed, and each mail has its own id.

    One that was taken back is not sent, and not asked about again.
    """
    gifts = Gift.objects.select_related("order__buyer").filter(pk=gift_id)
    gift = row_claim(gifts, waiting=unsent() | unclaimed())
    if gift is None:
        return False
    if not gift_items_left(list(gift.order.items.all())):
        Gift.objects.filter(pk=gift.pk).update(due_at=None, reminded_at=clock.now())
        return False
    try:
        if gift.sent_at is None:
            mails.gift_send(gift, gift_url(gift))
            as_sent = Gift.objects.filter(pk=gift.pk, revision=gift.revision)
            as_sent.update(sent_at=clock.now(), sent_count=gift.sent_count + 1)
        else:
            mails.gift_unclaimed_send(gift)
            Gift.objects.filter(pk=gift.pk).update(reminded_at=clock.now())
    except Exception as error:
        logger.exception("The mail of gift %s failed", gift.pk)
        attempt_failed(Gift, gift.pk, error)
        return False
    return True
