"""Gifts: who reads what was given, what refunds and disputes do to it, and when which mail goes."""

import datetime
import re
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from common import clock
from common.errors import DomainError, InvalidInput, NotFound
from common.models import OutboxMessage
from common.outbox import message_deliver
from payments.models import Entitlement, Gift, Order, OrderStatus, RefundReason
from payments.services import checkout_return, entitlement_open, order_cancel, order_create, refund_request
from payments.services.checkout import session_check
from payments.services.coupons import coupon_create
from payments.services.gift_mails import gift_send, gifts_waiting
from payments.services.gifts import GiftWish, gift_claim, gift_resend, gift_secret
from payments.services.invariants import invariants_check
from payments.services.refunds import refund_fail, refund_send
from tests.factories import UserFactory
from tests.payments.disputing import bank, disputed
from tests.payments.support import books_are_balanced, pay, published_listing
from tests.payments.test_legal_takedowns import upheld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]
FRIEND = "friend@example.test"


def order_gift(*listings: Any, buyer: Any = None, code: str = "", **wish: Any) -> Order:
    wanted = listings or [published_listing(price_amount=999)]
    return order_create(
        buyer=buyer or UserFactory(),
        listing_slugs=[listing.slug for listing in wanted],
        coupon_code=code,
        gift=GiftWish(**{"email": FRIEND, **wish}),
    )


def given(*listings: Any, **how: Any) -> Gift:
    """A gift, paid."""
    order = order_gift(*listings, **how)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer).gift


def claim(gift: Gift, by: Any = None) -> Any:
    by = by or UserFactory()
    gift_claim(gift_id=gift.pk, secret=gift_secret(gift), by=by)
    return by


def readers(gift: Gift) -> list[int]:
    active = Entitlement.objects.filter(item__order=gift.order_id, revoked_at=None)
    return list(active.order_by("pk").values_list("buyer_id", flat=True))


def refused(act: Any) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def refund(gift: Gift, **which: Any) -> Any:
    order = Order.objects.get(pk=gift.order_id)
    asked = refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST, **which)
    refund_send(refund_id=asked.pk)
    return asked


def test_nobody_reads_a_gift_before_it_is_claimed_and_then_the_claimer_alone() -> None:
    gift = given(published_listing(price_amount=999), published_listing(price_amount=500))
    assert gift.order.status == OrderStatus.PAID
    assert readers(gift) == []
    assert invariants_check(since=None) == []

    friend = claim(gift)

    assert readers(gift) == [friend.pk, friend.pk]
    assert claim(gift, friend) == friend
    assert refused(lambda: claim(gift)) == "gift_claimed"
    assert refused(lambda: claim(gift, gift.order.buyer)) == "gift_claimed"
    assert invariants_check(since=None) == []
    assert books_are_balanced()


def test_a_wrong_link_leads_nowhere_nor_does_one_that_is_not_paid() -> None:
    gift = given()
    for secret in ("", "x", gift_secret(Gift(pk=gift.pk, revision=2)), gift_secret(given())):
        with pytest.raises(NotFound):
            gift_claim(gift_id=gift.pk, secret=secret, by=UserFactory())
    unpaid = order_gift().gift
    assert refused(lambda: claim(unpaid)) == "gift_not_found"


def test_the_giver_may_claim_it_and_who_owns_or_sells_it_may_not() -> None:
    listing = published_listing(price_amount=999)
    gift = given(listing)
    owner = claim(given(listing))
    assert refused(lambda: claim(gift, owner)) == "already_owned"
    assert refused(lambda: claim(gift, listing.seller.user)) == "own_listing"
    assert claim(gift, gift.order.buyer).pk in readers(gift)


def test_one_may_give_what_one_owns_and_not_the_same_twice_to_the_same() -> None:
    listing, buyer = published_listing(price_amount=999), UserFactory()
    claim(given(listing, buyer=buyer), buyer)
    again = given(listing, buyer=buyer, email="other@example.test")
    assert refused(lambda: order_gift(listing, buyer=buyer, email="OTHER@example.test")) == "already_given"
    refund(again)
    assert order_gift(listing, buyer=buyer, email="other@example.test").status == OrderStatus.PENDING


def test_twenty_clicks_are_one_order_and_another_wish_is_another() -> None:
    listing, buyer = published_listing(price_amount=999), UserFactory()
    tomorrow = clock.now().date() + datetime.timedelta(days=1)
    first = order_gift(listing, buyer=buyer, message="Enjoy", send_on=tomorrow)
    assert order_gift(listing, buyer=buyer, message="Enjoy", send_on=tomorrow).pk == first.pk
    second = order_gift(listing, buyer=buyer, message="Enjoy it", send_on=tomorrow)
    own = order_create(buyer=buyer, listing_slugs=[listing.slug])
    assert len({first.pk, second.pk, own.pk}) == 3
    first.refresh_from_db()
    assert first.status == OrderStatus.CANCELED


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"email": "nobody"}, "gift_email"),
        ({"email": "a@b.test\nBcc: c@d.test"}, "gift_email"),
        ({"message": "x" * 501}, "gift_message"),
        ({"send_on": datetime.date(2020, 1, 1)}, "gift_on"),
        ({"send_on": datetime.date(2099, 1, 1)}, "gift_on"),
    ],
)
def test_a_wish_that_makes_no_sense_names_the_field(wish: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        order_gift(**wish)
    assert list(caught.value.errors) == [field]


def test_words_to_strangers_are_not_for_nothing() -> None:
    listing = published_listing(price_amount=999)
    coupon_create(seller=listing.seller, code="ALL", percent=100)
    assert refused(lambda: order_gift(published_listing(price_amount=0))) == "gift_free"
    assert refused(lambda: order_gift(listing, code="ALL")) == "gift_free"
    assert not Gift.objects.exists()


# --- Money ------------------------------------------------------------------------------------------


def test_a_gift_that_was_taken_back_cannot_be_claimed_until_the_refund_fails() -> None:
    gift = given()
    asked = refund(gift)
    assert refused(lambda: claim(gift)) == "gift_taken_back"
    assert not gift_send(gift_id=gift.pk)
    assert mail.outbox == []
    refund_fail(refund_id=asked.pk)
    assert readers(gift) == []
    assert claim(gift).pk in readers(gift)


def test_what_is_left_of_a_gift_can_be_claimed() -> None:
    first, second = published_listing(price_amount=999), published_listing(price_amount=500)
    gift = given(first, second)
    refund(gift, item=gift.order.items.get(listing=first))
    friend = claim(gift)
    assert [owned.listing for owned in Entitlement.objects.filter(buyer=friend, revoked_at=None)] == [second]
    assert invariants_check(since=None) == []


def test_a_refund_after_the_claim_ends_it_unless_it_was_opened() -> None:
    gift = given()
    claim(gift)
    refund(gift)
    assert readers(gift) == []

    opened = given()
    friend = claim(opened)
    entitlement = Entitlement.objects.get(buyer=friend)
    entitlement_open(entitlement=entitlement, via="page", address="127.0.0.1")
    assert refused(lambda: refund(opened)) == "refund_needs_review"
    assert invariants_check(since=None) == []


def test_a_refund_that_fails_gives_it_back_to_its_claimer() -> None:
    gift = given()
    friend = claim(gift)
    asked = refund(gift)
    refund_fail(refund_id=asked.pk)
    assert readers(gift) == [friend.pk]


def test_who_bought_it_as_well_reads_on_when_the_gift_ends() -> None:
    """Claimed first, and paid for on a page that was still open: the second is given back, and restored."""
    listing, friend = published_listing(price_amount=999), UserFactory()
    own = order_create(buyer=friend, listing_slugs=[listing.slug])
    gift = given(listing)
    claim(gift, friend)
    pay(own)
    session_check(session_id=str(own.stripe_session_id))
    surplus = own.payments.get().refunds.get()
    refund_send(refund_id=surplus.pk)
    refund_fail(refund_id=surplus.pk)
    refund(gift)
    owned = Entitlement.objects.get(buyer=friend, revoked_at=None)
    assert owned.item.order_id == own.pk
    assert invariants_check(since=None) == []


def test_while_a_bank_decides_it_is_not_claimed_and_lost_it_is_over() -> None:
    gift, claimed = given(), given()
    friend = claim(claimed)
    dispute, other = disputed(gift.order), disputed(claimed.order)
    assert refused(lambda: claim(gift)) == "disputed"
    assert readers(claimed) == [friend.pk]
    bank(dispute, "close", outcome="lost")
    bank(other, "close", outcome="lost")
    assert refused(lambda: claim(gift)) == "gift_taken_back"
    assert readers(claimed) == []


def test_what_the_law_takes_away_is_given_back_to_the_giver_of_an_unclaimed_gift() -> None:
    gift = given()
    upheld(gift.order.items.get().listing, ends_access=True)
    assert refused(lambda: claim(gift)) == "gift_taken_back"
    assert gift.order.payments.get().refunds.get().amount == 999
    assert invariants_check(since=None) == []


def test_a_gift_paid_late_is_a_gift_still() -> None:
    order = order_gift()
    pay(order)
    order_cancel(order=order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)
    assert readers(order.gift) == []
    assert claim(order.gift).pk in readers(order.gift)


def test_a_gift_rebuilt_from_stripe_is_one_whose_address_is_asked_for_again() -> None:
    order = order_gift(message="Enjoy")
    pay(order)
    gift = order.gift
    pk, secret = gift.pk, gift_secret(gift)
    gift.delete()
    order.items.all().delete()
    Order.objects.filter(pk=order.pk).delete()

    session_check(session_id=str(order.stripe_session_id))

    rebuilt = Gift.objects.get(order=order.pk)
    assert (rebuilt.pk, rebuilt.email, rebuilt.message, gift_secret(rebuilt)) == (pk, "", "", secret)
    assert gifts_waiting() == []
    gift_resend(order=rebuilt.order, email=FRIEND)
    assert gift_send(gift_id=rebuilt.pk)
    assert mail.outbox[0].to == [FRIEND]


# --- Mails ------------------------------------------------------------------------------------------


def link_in(message: Any) -> tuple[str, str]:
    found = re.search(r"/gifts/([0-9a-f-]{36})/([0-9a-f]{64})/", message.body)
    assert found
    assert found[0] in message.alternatives[0].content
    return found[1], found[2]


def test_the_mail_has_the_words_and_the_link_and_goes_once() -> None:
    gift = given(message="For your <letters>.")
    assert gifts_waiting() == [gift.pk]
    assert gift_send(gift_id=gift.pk)
    assert not gift_send(gift_id=gift.pk)
    [sent] = mail.outbox
    assert sent.to == [FRIEND]
    assert "For your <letters>." in sent.body
    assert "For your &lt;letters&gt;." in sent.alternatives[0].content
    gift_id, secret = link_in(sent)
    gift_claim(gift_id=gift_id, secret=secret, by=UserFactory())
    for message in OutboxMessage.objects.filter(topic="gift_claimed"):
        message_deliver(message.pk)
    assert mail.outbox[1].to == [gift.order.buyer.email]
    assert secret not in str(Gift.objects.values().get())


def test_on_a_day_to_come_it_goes_on_that_day() -> None:
    gift = given(send_on=clock.now().date() + datetime.timedelta(days=3))
    assert gifts_waiting() == []
    clock.clock_move(offset=datetime.timedelta(days=4))
    try:
        assert gifts_waiting() == [gift.pk]
        assert gift_send(gift_id=gift.pk)
    finally:
        clock.clock_move(offset=datetime.timedelta())


def test_another_address_ends_the_link_before() -> None:
    gift = given()
    gift_send(gift_id=gift.pk)
    assert refused(lambda: gift_resend(order=gift.order)) == "gift_sent_lately"
    old = gift_secret(gift)
    gift = gift_resend(order=gift.order, email="right@example.test")
    assert gift_send(gift_id=gift.pk)
    assert mail.outbox[1].to == ["right@example.test"]
    assert refused(lambda: gift_claim(gift_id=gift.pk, secret=old, by=UserFactory())) == "gift_not_found"
    claim(gift)
    assert refused(lambda: gift_resend(order=gift.order, email="late@example.test")) == "gift_claimed"


def test_it_is_sent_five_times_at_most() -> None:
    gift = given()
    for _ in range(5):
        assert gift_send(gift_id=gift.pk)
        Gift.objects.update(sent_at=clock.now() - datetime.timedelta(hours=1))
        if Gift.objects.get().sent_count < 5:
            gift_resend(order=gift.order)
    assert refused(lambda: gift_resend(order=gift.order)) == "gift_sent_often"
    assert refused(lambda: gift_resend(order=gift.order, email="new@example.test")) == "gift_sent_often"


def test_a_giver_whose_gift_lies_unclaimed_is_told_once() -> None:
    gift = given()
    gift_send(gift_id=gift.pk)
    long_ago = clock.now() - datetime.timedelta(days=15)
    Gift.objects.update(sent_at=long_ago, next_attempt_at=timezone.now())
    assert gifts_waiting() == [gift.pk]
    assert gift_send(gift_id=gift.pk)
    Gift.objects.update(next_attempt_at=timezone.now())
    assert gifts_waiting() == []
    assert mail.outbox[1].to == [gift.order.buyer.email]
