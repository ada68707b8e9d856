"""What a seller is told about payouts by mail: sent, failed, stopped; once, and in the seller's language."""

import pytest
from django.core import mail

from common.models import OutboxMessage
from common.outbox import message_deliver
from marketplace import payout_notices
from payments.models import ConnectedAccount
from payments.services.connect import account_sync
from tests.factories import SellerProfileFactory
from tests.payments.paying_out import account_of, asked, earn, onboard, sent
from tests.payments.support import sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]


@pytest.fixture
def alice():
    seller = SellerProfileFactory(user__email="alice@example.test")
    earn(seller, 4800)
    onboard(seller)
    return seller


def told(topic):
    """The mail that a message of the outbox becomes."""
    message = OutboxMessage.objects.get(topic=topic)
    assert message_deliver(message.pk)
    return mail.outbox[-1]


def restrict(seller):
    sandbox(f"accounts/{account_of(seller).stripe_account_id}/restrict")


def test_a_payout_that_was_sent(alice, settings):
    payout = sent(asked(alice))
    message = told("payout_paid")
    assert message.to == ["alice@example.test"]
    assert message.subject == "$48.00 are on their way to your bank"
    for part in (message.body, message.alternatives[0].content):
        assert f"{settings.PUBLIC_URL}/sell/payouts/{payout.pk}/" in part


def test_a_payout_that_failed_says_why_where_the_money_is_and_what_to_do(alice):
    payout = asked(alice)
    restrict(alice)
    sent(payout)
    message = told("payout_failed")
    assert message.subject == "Your payout of $48.00 could not be sent"
    for part in (message.body, message.alternatives[0].content):
        assert "it is available to you again" in part
        assert "Stripe did not let you be paid." in part
        assert "/sell/payouts/" in part


def test_a_stopped_account_says_what_stripe_needs(alice):
    restrict(alice)
    account_sync(account=account_of(alice))
    message = told("payout_account_restricted")
    assert message.subject == "Stripe has stopped your payouts"
    assert "- A photo of an identity document" in message.body


def test_a_stop_that_is_over_is_not_told(alice):
    restrict(alice)
    account_sync(account=account_of(alice))
    ConnectedAccount.objects.update(transfers_active=True, payouts_enabled=True)
    before = len(mail.outbox)
    assert message_deliver(OutboxMessage.objects.get(topic="payout_account_restricted").pk)
    assert len(mail.outbox) == before


def test_the_mail_is_in_the_sellers_language(alice):
    alice.user.language = "fr"
    alice.user.save()
    sent(asked(alice))
    assert "48,00" in told("payout_paid").subject


def test_a_handler_that_runs_twice_sends_the_same_mail(alice):
    sent(asked(alice))
    first = told("payout_paid")
    payout_notices.payout_paid(OutboxMessage.objects.get(topic="payout_paid"))
    assert mail.outbox[-1].extra_headers["Message-ID"] == first.extra_headers["Message-ID"]
