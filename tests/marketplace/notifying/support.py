"""Telling somebody something, without what leads to it."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.models import NoticeKind, User
from common.models import OutboxMessage
from common.outbox import message_deliver
from listings.models import Listing
from marketplace.notifying.models import Notification
from marketplace.notifying.services import News, people_notify
from payments.models import Order
from payments.services import order_create


def news_for(person: User, **changes: Any) -> dict[str, Any]:
    facts = {
        "number": 2,
        "title": "Songs of the sea",
        "changes_path": "/library/x/changes/",
        "note": "Calmer.",
    }
    news = News(person.pk, "version", "/library/", facts)
    return {"kind": NoticeKind.VERSION, "source": "version:1", "news": [news], **changes}


def notified(person: User, **changes: Any) -> Notification:
    assert people_notify(**news_for(person, **changes)) == 1
    return Notification.objects.filter(user=person).latest("pk")


def given(person: User, listing: Listing) -> Order:
    """Bought while it cost nothing: how it was paid does not matter here."""
    price = Listing.objects.values_list("price_amount", flat=True).get(pk=listing.pk)
    Listing.objects.filter(pk=listing.pk).update(price_amount=0)
    order = order_create(buyer=person, listing_slugs=[listing.slug])
    Listing.objects.filter(pk=listing.pk).update(price_amount=price)
    return order


def outbox_delivered() -> None:
    while waiting := list(OutboxMessage.objects.filter(handled_at=None).values_list("pk", flat=True)):
        for pk in waiting:
            assert message_deliver(pk)


def together(act: Callable[[], object]) -> None:
    """Two threads, each with a connection of its own, beginning at the same moment."""
    barrier = threading.Barrier(2)

    def run() -> None:
        barrier.wait(10)
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
