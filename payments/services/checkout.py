"""What Stripe's page leads back to, and asking Stripe about orders that hear nothing."""

import logging
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, NotFound
from common.ids import is_uuid
from payments import gateway
from payments.models import Order, OrderStatus, Payment
from payments.services.disputes import payment_disputes_sync
from payments.services.order_restore import order_restore
from payments.services.orders import order_check_later, order_expire_unstarted
from payments.services.refunds import payment_refunds_sync
from payments.services.settlement import session_settle

logger = logging.getLogger(__name__)


def checkout_return(*, session_id: str, buyer: User) -> Order:
    """The buyer is back from Stripe: settle now rather than wait for the webhook.

    Raises NotFound when the session is not of an order of this buyer. When Stripe does not answer, the
    order is returned as it stands and the sweeper will ask again.
    """
    order = Order.objects.filter(stripe_session_id=session_id, buyer=buyer).first()
    if order is None:
        raise NotFound(_("There is no such order."), code="order_not_found")
    if order.is_paid:
        return order
    try:
        return session_check(session_id=session_id) or order
    except (gateway.GatewayUnavailable, gateway.GatewayRefused) as error:
        logger.warning(
            "Order %s: Stripe could not be asked on return (%s)", order.number, type(error).__name__
        )
        return order


def session_check(*, session_id: str) -> Order | None:
    """Ask Stripe about a session and act on the answer, refunds and disputes that overtook it included.

    An order that is not here (the database was restored) is rebuilt from its completed session; one that
    nobody completed is gone without loss, and None is returned. Raises OrderNotRestorable.
    """
    facts = gateway.session_retrieve(session_id)
    try:
        order = session_settle(facts)
    except NotFound:
        if facts.status != "complete":
            return None
        order_restore(facts)
        order = session_settle(facts)
    if facts.payment_intent_id and (facts.refunded_amount or facts.is_disputed):
        if facts.refunded_amount:
            payment_refunds_sync(payment_intent_id=facts.payment_intent_id)
        if facts.is_disputed:
            payment_disputes_sync(payment_intent_id=facts.payment_intent_id)
        order.refresh_from_db()
    return order


def payment_check(*, payment_intent_id: str) -> bool:
    """Whether a payment is of an order of ours. One that we have not heard of yet is settled now.

    Raises Conflict where it is ours and does not settle, so that what asked is tried again.
    """
    known = Payment.objects.filter(stripe_payment_intent_id=payment_intent_id)
    if known.exists():
        return True
    facts = gateway.session_of_payment(payment_intent_id)
    if facts is None or not is_uuid(facts.client_reference_id):
        return False
    session_check(session_id=facts.id)
    if not known.exists():
        raise Conflict(_("Payment %(id)s does not settle its order.") % {"id": payment_intent_id})
    return True


def open_order_check(*, order_id: Any) -> None:
    """Ask Stripe about a pending order whose webhook may be lost, and end it once its page is closed."""
    order = Order.objects.filter(pk=order_id, status=OrderStatus.PENDING).first()
    if order is None:
        return
    order_check_later(order)
    if order.stripe_session_id is None:
        order_expire_unstarted(order_id=order.pk)
        return
    session_check(session_id=order.stripe_session_id)


def orders_to_check(limit: int = 200) -> list[Any]:
    """Pending orders whose next question to Stripe is due, longest waiting first."""
    due = Order.objects.filter(status=OrderStatus.PENDING, next_check_at__lte=timezone.now())
    return list(due.order_by("next_check_at").values_list("pk", flat=True)[:limit])


def is_open(order: Order) -> bool:
    """Whether the buyer can still pay this order on its payment page."""
    return order.status == OrderStatus.PENDING and bool(order.checkout_url) and order.expires_at > clock.now()
