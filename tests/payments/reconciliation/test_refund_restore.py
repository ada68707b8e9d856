"""A refund whose row a restored database lost takes of each item again what was decided."""

import pytest

from payments.models import Refund, RefundItem, RefundReason
from payments.services import refund_request
from payments.services.refund_restore import refund_metadata
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.payments.disputing import bought, has_access, intent_of
from tests.payments.support import stripe_get, stripe_post

pytestmark = pytest.mark.django_db


def parts(order) -> list[int]:
    """What refunds take of each item."""
    return [
        sum(RefundItem.objects.filter(item=item).values_list("amount", flat=True))
        for item in order.items.order_by("pk")
    ]


def test_a_refund_of_one_item_is_that_items_again(stripe_sandbox):
    order = bought(999, 499)
    item = order.items.get(unit_amount=499)
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, item=item)
    kept = {"refund_id": str(refund.pk), **refund_metadata(refund)}
    RefundItem.objects.all().delete()
    refund.delete()
    told = "&".join(f"metadata[{name}]={value}" for name, value in kept.items())
    stripe_post("refunds", f"payment_intent={intent_of(order)}&amount=499&{told}")
    payment_refunds_sync(payment_intent_id=intent_of(order))
    assert parts(order) == [0, 499]
    assert has_access(order) == [True, False]
    assert Refund.objects.get().reason == RefundReason.MODERATOR


@pytest.mark.parametrize("told", ["1:499", "nonsense", "", "1:2:3"])
def test_parts_that_are_not_this_orders_are_not_believed(stripe_sandbox, told):
    order = bought(999, 499)
    stripe_post("refunds", f"payment_intent={intent_of(order)}&amount=499&metadata[parts_1]={told}")
    payment_refunds_sync(payment_intent_id=intent_of(order))
    assert parts(order) == [333, 166]
    assert Refund.objects.get().reason == RefundReason.STRIPE_DASHBOARD


@pytest.mark.parametrize(
    "amounts",
    [pytest.param([498], id="less than the refund"), pytest.param([1000, -501], id="more than a price")],
)
def test_parts_that_do_not_fit_the_refund_are_not_believed(stripe_sandbox, amounts):
    order = bought(999, 499)
    items = order.items.order_by("pk")
    told = ",".join(f"{item.listing_id}:{amount}" for item, amount in zip(items, amounts, strict=False))
    stripe_post("refunds", f"payment_intent={intent_of(order)}&amount=499&metadata[parts_1]={told}")
    payment_refunds_sync(payment_intent_id=intent_of(order))
    assert parts(order) == [333, 166]


def test_what_is_kept_is_sent_with_the_refund(stripe_sandbox):
    order = bought(999, 499)
    refund = refund_request(order=order, by=None, reason=RefundReason.SELLER)
    kept = refund_metadata(refund)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    listings = [item.listing_id for item in order.items.order_by("pk")]
    assert kept == {"reason": "seller", "parts_1": f"{listings[0]}:999,{listings[1]}:499"}
    sent = stripe_get(f"refunds/{refund.stripe_refund_id}")["metadata"]
    assert sent == {"refund_id": str(refund.pk), **kept}
