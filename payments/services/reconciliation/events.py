"""Webhooks that never arrived: Stripe's events are listed, and those not stored here are stored."""

import datetime

from payments import gateway_lists
from payments.alarms import alarm_raise
from payments.models import StripeEvent
from payments.services.events import HANDLED_TYPES, event_store
from payments.services.reconciliation.walk import GRACE, OVERLAP, Walk, chunks, position

CURSOR = "events"
# Stripe lists events for so long: https://docs.stripe.com/api/events/list
LISTED_FOR = datetime.timedelta(days=30)


def events_recover(walk: Walk) -> None:
    """Store what was missed, to be handled as if it had arrived. The last minutes may still be on their way.

    Events of connected accounts are not listed here: sellers' accounts are asked about by a sweeper.
    """
    reach = walk.now - LISTED_FOR
    read_until = position(CURSOR)
    if read_until is not None and read_until < reach:
        _say_what_is_lost(walk, read_until, reach)
    for since, until in walk.pieces(CURSOR, until=walk.now - GRACE, earliest=reach + OVERLAP):
        for chunk in chunks(gateway_lists.events_between(since - OVERLAP, until, HANDLED_TYPES)):
            ids = [event["id"] for event in chunk]
            known = set(
                StripeEvent.objects.filter(stripe_event_id__in=ids).values_list("stripe_event_id", flat=True)
            )
            for event in chunk:
                if event["id"] not in known:
                    event_store(event=event, is_connect=False)
                    walk.row.events_recovered += 1
            walk.row.events_read += len(chunk)


def _say_what_is_lost(walk: Walk, read_until: datetime.datetime, reach: datetime.datetime) -> None:
    detail = (
        f"Stripe lists events for 30 days, and they were last read at {read_until:%Y-%m-%d %H:%M} UTC. Those "
        f"until {reach:%Y-%m-%d %H:%M} cannot be asked for any more. Payments, refunds, disputes and payouts "
        f"are still found by comparing Stripe's balance transactions, which have no such limit."
    )
    walk.say(f"! {detail}")
    alarm_raise("events_out_of_reach", subject=CURSOR, detail=detail)
