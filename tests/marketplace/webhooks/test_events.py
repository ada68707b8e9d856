"""What happens in the shop reaches the seller's program: by the real worker, once, no buyer in it."""

import json

import pytest

from common.models import OutboxMessage
from common.outbox import message_publish
from marketplace.models import Review
from marketplace.outgoing import events
from marketplace.outgoing.models import WebhookEvent, WebhookMessage
from marketplace.outgoing.services import endpoint_create
from marketplace.reviewing import WRITTEN_TOPIC
from payments.models import Entitlement, RefundReason
from payments.services import checkout_return, refund_request
from tests.factories import SellerProfileFactory, UserFactory
from tests.marketplace.webhooks.receiver import Receiver
from tests.payments.disputing import disputed
from tests.payments.support import ordered, pay, published_listing
from tests.payments.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


def told(receiver, type_):
    return [event["data"] for event in receiver.events if event["type"] == type_]


def bought(buyer, *listings):
    order = ordered(buyer, *listings)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def test_a_sale_and_its_refund_arrive_in_order(live_site, receiver):
    seller, other = SellerProfileFactory(), SellerProfileFactory()
    endpoint_create(seller=seller, url=receiver.url, events=WebhookEvent.values)
    mine = published_listing(seller=seller, price_amount=1000, text="Zanzibarquokka {{topic}}")
    theirs = published_listing(seller=other)
    buyer = UserFactory()
    order = bought(buyer, mine, theirs)
    refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    assert until(lambda: told(receiver, "sale.refunded"), 30)
    (sale,) = told(receiver, "sale.completed")
    assert (sale["listing"], sale["order_number"]) == (mine.slug, order.number)
    assert (sale["unit_amount"], sale["platform_fee_amount"], sale["seller_amount"]) == (1000, 200, 800)
    (refund,) = told(receiver, "sale.refunded")
    assert (refund["refund"]["amount"], refund["refund"]["seller_amount"]) == (1000, 800)
    assert refund["sale"]["refunded_amount"] == 1000
    assert [event["type"] for event in receiver.events] == ["sale.completed", "sale.refunded"]
    said = json.dumps(receiver.requests)
    for secret in (buyer.email, buyer.display_name, buyer.handle, "Zanzibarquokka", theirs.slug):
        assert secret not in said


def test_a_dispute_says_what_is_at_stake(live_site, receiver):
    listing = published_listing(price_amount=1000)
    endpoint_create(seller=listing.seller, url=receiver.url, events=[WebhookEvent.DISPUTE_OPENED])
    order = bought(UserFactory(), listing)
    disputed(order)
    assert until(lambda: told(receiver, "dispute.opened"), 30)
    (dispute,) = told(receiver, "dispute.opened")
    assert (dispute["order_number"], dispute["amount"], dispute["currency"]) == (order.number, 800, "usd")
    assert [sale["listing"] for sale in dispute["sales"]] == [listing.slug]


def test_only_what_was_chosen_is_told_and_nothing_while_paused(stripe_sandbox, receiver):
    listing = published_listing(price_amount=0)
    endpoint_create(seller=listing.seller, url=receiver.url, events=[WebhookEvent.PAYOUT_PAID])
    paused = endpoint_create(seller=listing.seller, url=receiver.url, events=WebhookEvent.values)
    paused.paused_at = paused.created_at
    paused.save()
    ordered(UserFactory(), listing)
    deliver_outbox("order_paid", events.sale_completed)
    assert not WebhookMessage.objects.exists()


def test_what_is_told_twice_is_one_message(stripe_sandbox, receiver):
    listing = published_listing(price_amount=0)
    endpoint_create(seller=listing.seller, url=receiver.url, events=WebhookEvent.values)
    ordered(UserFactory(), listing)
    deliver_outbox("order_paid", events.sale_completed)
    deliver_outbox("order_paid", events.sale_completed)
    assert WebhookMessage.objects.count() == 1


def test_a_review_is_told_without_its_writer(stripe_sandbox, receiver):
    listing, buyer = published_listing(price_amount=0), UserFactory()
    endpoint_create(seller=listing.seller, url=receiver.url, events=[WebhookEvent.REVIEW_CREATED])
    ordered(buyer, listing)
    entitlement = Entitlement.objects.get(buyer=buyer)
    review = Review.objects.create(
        listing=listing, entitlement=entitlement, buyer=buyer, stars=5, text="Does what it says."
    )
    message_publish(WRITTEN_TOPIC, subject=review.pk)
    deliver_outbox(WRITTEN_TOPIC, events.review_created)
    body = WebhookMessage.objects.get().body
    assert json.loads(body)["data"]["stars"] == 5
    assert buyer.display_name not in body


def deliver_outbox(topic, handler):
    for message in OutboxMessage.objects.filter(topic=topic):
        handler(message)
