"""Check 16: a full refund ends text and links; a partial one keeps them; a failed one restores the books."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Scope
from accounts.services import token_create
from common.errors import NotFound
from common.models import OutboxMessage
from payments import gateway
from payments.models import Account, Entitlement, Order, OrderStatus, Refund, RefundReason, RefundStatus
from payments.services import entitlement_open, refund_request
from payments.services.refunds import refund_send, refund_settle
from tests.payments.support import (
    balances,
    books_are_balanced,
    hear,
    ordered,
    paid_order,
    pay,
    sandbox,
    stripe_post,
)
from tests.support.races import rival_before

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]

PAGES = ("", "download.md", "download.txt")
API = ("", "versions/1/")
MODERATOR = RefundReason.MODERATOR


class Reader:
    """The buyer, signed in before anything happens, with a token and the addresses kept."""

    def __init__(self, order: Order) -> None:
        entitlement = Entitlement.objects.get(item__order=order)
        self.page_urls = [f"/library/{entitlement.pk}/{page}" for page in PAGES]
        self.api_urls = [f"/api/v1/library/{entitlement.pk}/{rest}" for rest in API]
        self.render_url = f"/library/{entitlement.pk}/render/"
        self.api_render_url = f"/api/v1/library/{entitlement.pk}/render/"
        self.browser = Client()
        self.browser.force_login(order.buyer)
        secret = token_create(user=order.buyer, name="check", scopes=[Scope.LIBRARY_READ])[1]
        self.api = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")

    def statuses(self) -> set[int]:
        """What all of the text's addresses answer."""
        values = {"v-topic": "tea"}
        return {
            *(self.browser.get(url).status_code for url in self.page_urls),
            self.browser.post(self.render_url, values).status_code,
            *(self.api.get(url).status_code for url in self.api_urls),
            self.api.post(self.api_render_url, {"variables": {"topic": "tea"}}).status_code,
        }


def test_check_16_a_full_refund_ends_the_text_and_every_old_link_when_it_is_decided():
    order = paid_order(999)
    reader = Reader(order)
    refund = refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST)
    assert reader.statuses() == {404}, "before Stripe has made it"
    refund_send(refund_id=refund.pk)
    assert reader.statuses() == {404}
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED


def test_check_16_a_full_refund_made_in_stripe_s_dashboard_ends_them_with_its_event():
    order = paid_order(999)
    reader = Reader(order)
    assert reader.statuses() == {200}
    stripe_post("refunds", f"payment_intent={order.payments.get().stripe_payment_intent_id}")
    hear(order, "charge.refunded")
    assert reader.statuses() == {404}


def test_check_16_a_page_that_is_being_opened_finds_the_refund_decided():
    order = paid_order(999)
    entitlement = Entitlement.objects.get(buyer=order.buyer)
    refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST)
    with pytest.raises(NotFound):
        entitlement_open(entitlement=entitlement, via="page", address=None)


@pytest.mark.django_db(transaction=True)
def test_check_16_nobody_opens_the_text_while_its_refund_is_decided():
    order = paid_order(999)
    entitlement = Entitlement.objects.get(buyer=order.buyer)

    def open_it() -> None:
        entitlement_open(entitlement=entitlement, via="page", address=None)

    with rival_before('INSERT INTO "payments_refund"', open_it) as rival:
        refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST)
    assert isinstance(rival.outcome, NotFound)
    assert Entitlement.objects.get().first_read_at is None


def test_check_16_partial_refunds_keep_access_and_close_to_the_cent():
    order = paid_order(999)
    reader = Reader(order)
    for amount in (333, 333, 332):
        refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR, amount=amount).pk)
        assert reader.statuses() == {200}
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR).pk)
    assert reader.statuses() == {404}
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}


def test_check_16_a_stale_answer_does_not_undo_a_failure():
    order = paid_order(999)
    before = balances()
    refund = refund_request(order=order, by=None, reason=MODERATOR)
    refund_send(refund_id=refund.pk)
    stale = gateway.refunds_of_payment(refund.payment.stripe_payment_intent_id)[0]
    sandbox(f"refunds/{stale.id}/fail")
    hear(order, "refund.failed")
    refund_settle(refund_id=refund.pk, facts=stale)
    refund.refresh_from_db()
    assert (refund.status, balances()) == (RefundStatus.FAILED, before)


def test_check_16_a_refund_that_fails_after_the_buyer_bought_again_changes_no_access():
    order = paid_order(999)
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR).pk)
    again = ordered(order.buyer, order.items.get().listing)
    pay(again)
    hear(again, "checkout.session.completed")
    sandbox(f"refunds/{Refund.objects.get().stripe_refund_id}/fail")
    hear(order, "refund.failed")
    assert Entitlement.objects.get(buyer=order.buyer, revoked_at=None).item.order == again
    assert books_are_balanced()


def test_check_16_a_refund_that_fails_later_restores_ledger_and_access_once_and_calls_a_person():
    order = paid_order(999)
    reader, before = Reader(order), balances()
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR).pk)
    assert reader.statuses() == {404}
    sandbox(f"refunds/{Refund.objects.get().stripe_refund_id}/fail")
    for type_ in ("refund.failed", "charge.refunded", "refund.updated"):
        hear(order, type_)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert reader.statuses() == {200}
    assert balances() == before
    assert OutboxMessage.objects.filter(topic="payments_alarm").count() == 1
    assert books_are_balanced()
