"""Work that was tried often is shown to staff, and tried again at their word."""

import datetime
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from payments.admin.work import TRIED_AT_ONCE, WorkAdmin
from payments.models import Delivery, Payout, Refund, RefundReason, StripeEvent
from payments.services import checkout_return, refund_request
from payments.services.work import DEAD_AFTER_ATTEMPTS, WORK
from tests.factories import UserFactory
from tests.payments.paying_out import asked, seller_with
from tests.payments.support import ordered, pay, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]

LATER = datetime.timedelta(hours=1)


@pytest.fixture
def boss(client: Any) -> Any:
    client.force_login(UserFactory.create(staff=True, is_superuser=True))
    return client


def list_url(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def try_again(browser: Any, *rows: Any) -> str:
    data = {"action": "try_again_now", "_selected_action": [row.pk for row in rows]}
    return browser.post(list_url(type(rows[0])), data, follow=True).content.decode()


def dead(row: Any) -> Any:
    """Tried eight times, and not due for an hour."""
    values = {"attempts": DEAD_AFTER_ATTEMPTS, "next_attempt_at": timezone.now() + LATER}
    type(row).objects.filter(pk=row.pk).update(**values)
    return row


def bought() -> Any:
    order = ordered(buyer := UserFactory(), published_listing())
    pay(order)
    return checkout_return(session_id=order.stripe_session_id, buyer=buyer)


@pytest.mark.parametrize("work", WORK, ids=[work.name for work in WORK])
def test_every_kind_of_work_has_the_filter_and_the_action(boss, work):
    assert isinstance(site._registry[work.model], WorkAdmin)
    page = boss.get(list_url(work.model), {"dead": "yes"})
    assert page.status_code == 200
    assert "Dead letters" in page.content.decode()


def test_the_filter_shows_what_was_tried_eight_times_and_is_not_done(boss):
    for name, attempts, handled in (
        ("evt_dead", 8, None),
        ("evt_young", 7, None),
        ("evt_done", 9, timezone.now()),
    ):
        StripeEvent.objects.create(
            stripe_event_id=name, type="charge.updated", payload={}, attempts=attempts, handled_at=handled
        )
    shown = boss.get(list_url(StripeEvent), {"dead": "yes"}).content.decode()
    assert [name for name in ("evt_dead", "evt_young", "evt_done") if name in shown] == ["evt_dead"]


def test_an_event_whose_cause_was_mended_is_handled(boss):
    payload = {"data": {"object": {}}}
    event = dead(StripeEvent.objects.create(stripe_event_id="evt_1", type="charge.updated", payload=payload))
    assert "done" in try_again(boss, event)
    event.refresh_from_db()
    assert event.handled_at is not None


def test_one_that_fails_again_says_so_and_stays(boss):
    broken = StripeEvent.objects.create(stripe_event_id="evt_1", type="charge.refunded", payload={})
    assert "it failed again" in try_again(boss, dead(broken))
    broken.refresh_from_db()
    assert (broken.handled_at, broken.attempts) == (None, DEAD_AFTER_ATTEMPTS + 1)


def test_a_delivery_a_refund_and_a_payout_are_tried_again(boss):
    order = bought()
    delivery = dead(Delivery.objects.get(order=order))
    refund = dead(refund_request(order=order, by=None, reason=RefundReason.MODERATOR))
    payout = dead(asked(seller_with(4800)))
    for row in (delivery, refund, payout):
        assert "done" in try_again(boss, row)
    delivery.refresh_from_db()
    assert delivery.receipt_sent_at is not None
    assert Refund.objects.get(pk=refund.pk).status == "succeeded"
    assert Payout.objects.get(pk=payout.pk).status == "paid"


def test_what_is_done_already_is_not_tried_again(boss):
    order = bought()
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    try_again(boss, dead(refund))
    before = Refund.objects.values_list("attempts", flat=True).get()
    try_again(boss, refund)
    assert Refund.objects.values_list("attempts", flat=True).get() == before


def test_of_many_the_first_are_tried_and_the_others_are_due(boss):
    messages = [
        dead(OutboxMessage.objects.create(topic="nobody_listens", subject=str(number)))
        for number in range(TRIED_AT_ONCE + 5)
    ]
    assert "5 more will be tried" in try_again(boss, *messages)
    left = OutboxMessage.objects.filter(handled_at=None)
    assert left.count() == 5
    assert not left.filter(next_attempt_at__gt=timezone.now()).exists()


def test_what_a_message_says_is_not_shown(boss):
    message = OutboxMessage.objects.create(topic="some", subject="1", payload={"to": "alice@example.test"})
    page = boss.get(reverse("admin:common_outboxmessage_change", args=[message.pk])).content.decode()
    assert "alice@example.test" not in page


def test_staff_without_the_right_are_not_offered_it(client):
    staff = UserFactory.create(staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_stripeevent"))
    client.force_login(staff)
    event = dead(StripeEvent.objects.create(stripe_event_id="evt_1", type="charge.updated", payload={}))
    assert "try_again_now" not in client.get(list_url(StripeEvent)).content.decode()
    try_again(client, event)
    event.refresh_from_db()
    assert event.handled_at is None
