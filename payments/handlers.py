"""What payments does with outbox messages. The outbox runs each in the transaction that marks it handled."""

from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db.models import F

from common.models import OutboxMessage
from common.outbox import handles
from listings.models import Listing
from listings.services.counting import SALE_WEIGHT, listings_stir
from payments import mails
from payments.alarms import TOPIC
from payments.models import Gift, Order
from payments.services.carts import cart_forget
from payments.services.gifts import CLAIMED_TOPIC
from payments.services.legal_takedowns import ITEM_TOPIC, purchase_take_down, purchases_take_down


@handles("order_paid")
def sales_count(message: OutboxMessage) -> None:
    """Counted outside the paying transaction, so that a popular listing's buyers do not queue on its row."""
    sold = message.payload["listings"]
    Listing.objects.filter(pk__in=sold).update(sales_count=F("sales_count") + 1)
    listings_stir(weights=dict.fromkeys(sold, SALE_WEIGHT), at=message.created_at)


@handles("order_paid")
def cart_empty(message: OutboxMessage) -> None:
    """What was bought leaves the buyer's cart, by whichever way it was bought."""
    cart_forget(user_id=message.payload["buyer"], listing_ids=message.payload["listings"])


@handles("listing_access_ended")
def listing_access_end(message: OutboxMessage) -> None:
    """A legal takedown became final: each purchase is given back by a message of its own."""
    purchases_take_down(listing_id=int(message.subject), by_id=message.payload["by"])


@handles(ITEM_TOPIC)
def purchase_access_end(message: OutboxMessage) -> None:
    purchase_take_down(item_id=int(message.subject), by_id=message.payload["by"])


@handles(CLAIMED_TOPIC)
def gift_claimed_mail(message: OutboxMessage) -> None:
    mails.gift_claimed_send(Gift.objects.select_related("order__buyer", "claimed_by").get(pk=message.subject))


@handles("payment_failed")
def payment_failed_mail(message: OutboxMessage) -> None:
    mails.payment_failed_send(Order.objects.select_related("buyer").get(pk=message.subject))


@handles(TOPIC)
def alarm_mail(message: OutboxMessage) -> None:
    staff = get_user_model().objects.filter(is_superuser=True, is_active=True).values_list("email", flat=True)
    send_mail(
        subject=f"[Promptfair] {message.payload['kind']}: {message.subject}",
        message=message.payload["detail"],
        from_email=None,
        recipient_list=list(staff),
    )
