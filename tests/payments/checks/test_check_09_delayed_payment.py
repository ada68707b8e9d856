"""Check 9: completed but unpaid gives no access; a late payment grants it; a failed one tells the buyer."""

import pytest
from django.core import mail

from common.outbox import message_deliver, waiting_message_ids
from payments.models import Entitlement, Order, OrderStatus, Payment
from payments.services.checkout import session_check
from tests.factories import UserFactory
from tests.payments.support import books_are_balanced, hear, ordered, published_listing, sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@pytest.fixture(autouse=True)
def _mail_in_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def settling() -> Order:
    """The buyer chose a bank debit: the session is complete, and nothing has been paid."""
    order = ordered(UserFactory(), published_listing())
    sandbox(f"checkout/{order.stripe_session_id}/pay", {"bank_account": ""})
    hear(order, "checkout.session.completed")
    return order


def test_check_09_completed_but_unpaid_gives_no_access(settling):
    settling.refresh_from_db()
    assert (settling.status, settling.payment_problem) == (OrderStatus.PENDING, "settling")
    assert not Entitlement.objects.exists()
    assert not Payment.objects.exists()


def test_check_09_a_payment_that_arrives_grants(settling):
    sandbox(f"checkout/{settling.stripe_session_id}/settle")
    hear(settling, "checkout.session.async_payment_succeeded")
    settling.refresh_from_db()
    assert (settling.status, settling.payment_problem) == (OrderStatus.PAID, "")
    assert Entitlement.objects.get(buyer=settling.buyer).is_active
    assert books_are_balanced()


def test_check_09_a_payment_that_fails_ends_the_order_and_tells_the_buyer_once(settling):
    sandbox(f"checkout/{settling.stripe_session_id}/settle", {"outcome": "failed"})
    hear(settling, "checkout.session.async_payment_failed")
    for _ in range(2):
        session_check(session_id=str(settling.stripe_session_id))
        for message_id in waiting_message_ids():
            message_deliver(message_id)
    settling.refresh_from_db()
    assert (settling.status, settling.payment_problem) == (OrderStatus.CANCELED, "failed_later")
    assert not Entitlement.objects.exists()
    (told,) = mail.outbox
    assert told.to == [settling.buyer.email]
    assert settling.number in told.subject
