"""Paid orders that we do not know to be paid, or do not know at all: found by their completed sessions."""

import datetime
import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from common.errors import DomainError
from common.ids import is_uuid
from payments import gateway, gateway_lists
from payments.models import Order
from payments.services.checkout import session_check
from payments.services.findings import Difference
from payments.services.order_restore import OrderNotRestorable
from payments.services.reconciliation.advice import ORDER_NOT_RESTORABLE, SESSION_NOT_SETTLED
from payments.services.reconciliation.walk import UNFORESEEN, Walk, chunks, findings_to_look_at

logger = logging.getLogger(__name__)

CURSOR = "sessions"


def orders_recover(walk: Walk) -> None:
    """Settle every completed session whose order is not paid here; rebuild orders that are not here."""
    for finding in (looked_at := findings_to_look_at(ORDER_NOT_RESTORABLE, SESSION_NOT_SETTLED)):
        _recover(walk, finding.subject.removeprefix("session:"))
    # A session is listed by when it was made, and can be completed for as long as it lives.
    lifetime = datetime.timedelta(minutes=settings.ORDER_LIFETIME_MINUTES + 10)
    for since, until in walk.pieces(CURSOR, until=walk.now):
        sessions = gateway_lists.complete_sessions_between(since - lifetime, until)
        for chunk in chunks(sessions):
            for session_id in _unsettled(chunk):
                _recover(walk, session_id)
    walk.resolve(looked_at)


def _unsettled(sessions: Sequence[tuple[str, dict[str, str]]]) -> list[str]:
    """Those of our sessions that are not the paid session of an order here, in one question."""
    ours = [(session, data["order_id"]) for session, data in sessions if is_uuid(data.get("order_id"))]
    paid = Order.objects.filter(pk__in=[order for _, order in ours], paid_at__isnull=False)
    settled = {(session, str(order)) for order, session in paid.values_list("pk", "stripe_session_id")}
    return [session for session, order in ours if (session, order) not in settled]


def _recover(walk: Walk, session_id: str) -> None:
    try:
        before = _paid_order(session_id)
        session_check(session_id=session_id)
        if before is None and (order := _paid_order(session_id)):
            walk.row.orders_recovered += 1
            walk.say(f"recovered order {order.number}")
    except gateway.GatewayUnavailable:
        raise
    except OrderNotRestorable as error:
        if not _is_refunded(session_id):
            walk.note([Difference(ORDER_NOT_RESTORABLE, f"session:{session_id}", str(error))])
    except (DomainError, gateway.GatewayRefused) as error:
        walk.note([Difference(SESSION_NOT_SETTLED, f"session:{session_id}", str(error))])
    except UNFORESEEN as error:
        logger.exception("Session %s could not be settled", session_id)
        detail = f"{type(error).__name__}; see the log"
        walk.note([Difference(SESSION_NOT_SETTLED, f"session:{session_id}", detail)])


def _paid_order(session_id: str) -> Any:
    return Order.objects.filter(stripe_session_id=session_id, paid_at__isnull=False).first()


def _is_refunded(session_id: str) -> bool:
    facts = gateway.session_retrieve(session_id)
    return facts.refunded_amount >= facts.amount_total
