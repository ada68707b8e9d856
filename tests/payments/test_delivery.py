"""Handing over: one receipt and one notice per order, finished by whoever comes after a crash."""

import pytest
from django.core import mail
from django.utils import timezone

from payments import mails
from payments.models import Delivery
from payments.services.deliveries import delivery_finish
from payments.tasks import deliveries_sweep
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.support import ordered, published_listing

pytestmark = pytest.mark.django_db

CANARY = "zwölfkanarienvogel"


@pytest.fixture(autouse=True)
def _mail_in_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def delivered_order(**fields):
    buyer = UserFactory(display_name="Alice")
    listing = published_listing(price_amount=0, text=f"{CANARY} {{{{topic}}}}", **fields)
    return ordered(buyer, listing)


def test_the_receipt_names_order_lines_and_total_and_no_text():
    order = delivered_order(title="A fine prompt")
    assert delivery_finish(order_id=order.pk)
    receipt, notice = mail.outbox
    assert receipt.to == [order.buyer.email]
    for expected in (order.number, "A fine prompt", "$0.00", "/library/"):
        assert expected in receipt.body
        assert expected in receipt.alternatives[0].content
    assert notice.to == [order.items.get().seller.user.email]
    assert order.buyer.email not in notice.body + notice.alternatives[0].content
    for message in mail.outbox:
        assert CANARY not in message.message().as_string()


def test_finishing_again_sends_nothing_more():
    order = delivered_order()
    assert delivery_finish(order_id=order.pk)
    Delivery.objects.update(next_attempt_at=timezone.now())
    assert not delivery_finish(order_id=order.pk)
    deliveries_sweep()
    assert len(mail.outbox) == 2


def test_a_crash_between_the_mails_is_finished_by_the_sweeper(monkeypatch):
    order = delivered_order()
    with monkeypatch.context() as broken:
        broken.setattr(mails, "sellers_notify", _raise)
        assert not delivery_finish(order_id=order.pk)
    delivery = Delivery.objects.get()
    assert delivery.receipt_sent_at
    assert delivery.last_error.startswith("ConnectionError")
    Delivery.objects.update(next_attempt_at=timezone.now())
    deliveries_sweep()
    assert [message.to for message in mail.outbox] == [
        [order.buyer.email],
        [order.items.get().seller.user.email],
    ]


def test_a_mail_sent_twice_by_a_killed_worker_has_the_same_message_id():
    order = delivered_order()
    delivery_finish(order_id=order.pk)
    Delivery.objects.update(receipt_sent_at=None, next_attempt_at=timezone.now())
    deliveries_sweep()
    receipts = [message for message in mail.outbox if message.to == [order.buyer.email]]
    assert len(receipts) == 2
    assert len({message.extra_headers["Message-ID"] for message in receipts}) == 1


def test_mails_are_in_the_language_of_whom_they_go_to():
    listing = published_listing(price_amount=0, seller=SellerProfileFactory(user=UserFactory(language="fr")))
    order = ordered(UserFactory(language="en"), listing)
    delivery_finish(order_id=order.pk)
    receipt, notice = mail.outbox
    assert 'lang="en"' in receipt.alternatives[0].content
    assert 'lang="fr"' in notice.alternatives[0].content


def _raise(*args: object) -> None:
    raise ConnectionError("the mail server is away")
