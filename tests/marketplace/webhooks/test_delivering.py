"""What waits is sent, signed, in order, again when it failed, and by one worker at a time."""

import datetime
import threading

import pytest
from celery import current_app
from django.db import connections
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from common import clock
from marketplace.outgoing.delivering import PAUSES, due_endpoint_ids, endpoint_deliver, old_messages_forget
from marketplace.outgoing.models import WebhookAttempt, WebhookEndpoint, WebhookEvent, WebhookMessage
from marketplace.outgoing.services import (
    endpoint_create,
    endpoint_resume,
    endpoint_test,
    message_of,
    message_resend,
    secret_renew,
)
from tests.factories import SellerProfileFactory
from tests.marketplace.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


@pytest.fixture
def endpoint(receiver):
    events = [WebhookEvent.SALE_COMPLETED, WebhookEvent.SALE_REFUNDED]
    return endpoint_create(seller=SellerProfileFactory(), url=receiver.url, events=events)


def waiting(endpoint, number, subject="order:1"):
    """A message that nobody was told of."""
    source = f"test:{subject}:{number}"
    at, data = clock.now(), {"number": number, "word": "naïve ☕"}
    message = message_of(endpoint, "sale.completed", subject=subject, source=source, at=at, data=data)
    message.save()
    return message


def deliver(endpoint):
    """As the worker does it once the endpoint's rest and the messages' pauses are over."""
    now = timezone.now()
    WebhookEndpoint.objects.update(not_before=now)
    WebhookMessage.objects.filter(delivered_at=None, given_up_at=None).update(next_attempt_at=now)
    return endpoint_deliver(endpoint_id=endpoint.pk)


def numbers(receiver):
    return [event["data"]["number"] for event in receiver.events]


def test_the_signature_is_that_of_the_specification():
    """The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.datetime.fromtimestamp(1614265330, tz=datetime.UTC)
    signature = Webhook(key).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_verify_what_it_is_sent(endpoint, receiver):
    message = waiting(endpoint, 1)
    assert endpoint_deliver(endpoint_id=endpoint.pk) == 1
    headers, body = receiver.requests[0]
    told = Webhook(endpoint.secret).verify(body, headers)
    assert told["type"] == "sale.completed"
    assert told["data"] == {"number": 1, "word": "naïve ☕"}
    assert headers["webhook-id"] == message.message_id
    assert headers[":path"] == "/hook?to=me"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body + " ", headers)
    message.refresh_from_db()
    assert message.status == "delivered"


def test_for_a_day_both_secrets_sign(endpoint, receiver):
    old = endpoint.secret
    new = secret_renew(endpoint=endpoint).secret
    waiting(endpoint, 1)
    deliver(endpoint)
    headers, body = receiver.requests[0]
    for key in (old, new):
        assert Webhook(key).verify(body, headers)
    WebhookEndpoint.objects.update(previous_secret_ends_at=clock.now())
    waiting(endpoint, 2)
    deliver(endpoint)
    headers, body = receiver.requests[1]
    assert Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_what_failed_holds_back_its_own_subject_and_no_other(endpoint, receiver):
    waiting(endpoint, 1, "order:a")
    waiting(endpoint, 2, "order:a")
    waiting(endpoint, 3, "order:b")
    receiver.answers = [500]
    assert deliver(endpoint) == 1
    WebhookEndpoint.objects.update(not_before=timezone.now())
    endpoint_deliver(endpoint_id=endpoint.pk)
    assert numbers(receiver) == [3]
    deliver(endpoint)
    assert numbers(receiver) == [3, 1, 2]


def test_it_is_tried_for_three_days_and_then_given_up(endpoint, receiver):
    message = waiting(endpoint, 1)
    receiver.answers = [500] * 20
    pauses = []
    for _ in range(len(PAUSES) + 1):
        assert deliver(endpoint) == 1
        message.refresh_from_db()
        if message.given_up_at is None:
            pauses.append(round((message.next_attempt_at - timezone.now()).total_seconds(), -1))
    assert len(pauses) == len(PAUSES)
    assert pauses == sorted(pauses)
    assert 71 * 3600 < sum(pauses) < 72 * 3600
    assert message.status == "failed"
    endpoint.refresh_from_db()
    assert endpoint.pause_reason == "failing"
    assert deliver(endpoint) == 0
    assert WebhookAttempt.objects.filter(message=message, status_code=500).count() == len(PAUSES) + 1


def test_an_endpoint_that_works_otherwise_is_not_paused_for_one_message(endpoint, receiver):
    bad = waiting(endpoint, 1, "order:a")
    WebhookMessage.objects.filter(pk=bad.pk).update(attempts=len(PAUSES))
    WebhookEndpoint.objects.update(last_success_at=clock.now())
    receiver.answers = [400]
    deliver(endpoint)
    endpoint.refresh_from_db()
    assert endpoint.paused_at is None


def test_gone_means_no_more(endpoint, receiver):
    waiting(endpoint, 1)
    receiver.answers = [410]
    deliver(endpoint)
    endpoint.refresh_from_db()
    assert endpoint.pause_reason == "gone"
    assert due_endpoint_ids() == []
    endpoint_resume(endpoint=endpoint)
    assert due_endpoint_ids() == [endpoint.pk]
    endpoint_deliver(endpoint_id=endpoint.pk)
    assert numbers(receiver) == [1]


def test_one_message_is_sent_again_past_what_waits(endpoint, receiver):
    first = waiting(endpoint, 1)
    deliver(endpoint)
    waiting(endpoint, 2)
    receiver.answers = [500]
    deliver(endpoint)
    message_resend(endpoint=endpoint, key=first.key)
    assert endpoint_deliver(endpoint_id=endpoint.pk) == 1
    assert numbers(receiver) == [1, 1]
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert ids[0] == ids[-1] == first.message_id


def test_a_failing_endpoint_rests_whatever_waits(endpoint, receiver):
    for number in range(5):
        waiting(endpoint, number, f"order:{number}")
    receiver.answers = [500] * 5
    assert endpoint_deliver(endpoint_id=endpoint.pk) == 1
    assert endpoint_deliver(endpoint_id=endpoint.pk) == 0
    assert due_endpoint_ids() == []
    assert len(receiver.requests) == 1


def test_two_workers_are_never_at_one_endpoint(endpoint, receiver):
    for number in range(6):
        waiting(endpoint, number)
    receiver.seconds = 0.1

    def work():
        try:
            endpoint_deliver(endpoint_id=endpoint.pk)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert receiver.most_at_once == 1
    assert numbers(receiver) == list(range(6))


def test_a_test_message_arrives(endpoint, receiver):
    endpoint_test(endpoint=endpoint)
    endpoint_deliver(endpoint_id=endpoint.pk)
    assert receiver.events[0]["type"] == "endpoint.test"


def test_old_messages_are_forgotten_and_waiting_ones_not(endpoint):
    old, new = waiting(endpoint, 1), waiting(endpoint, 2)
    long_ago = clock.now() - datetime.timedelta(days=31)
    WebhookMessage.objects.filter(pk=old.pk).update(delivered_at=long_ago)
    WebhookMessage.objects.filter(pk=new.pk).update(created_at=long_ago)
    old_messages_forget()
    assert list(WebhookMessage.objects.values_list("pk", flat=True)) == [new.pk]


def test_sending_has_a_queue_of_its_own():
    """Nothing that brings a payment to its end waits behind somebody's slow server."""
    current_app.loader.import_default_modules()
    route = current_app.amqp.router.route
    queues = {
        name: route({}, name)["queue"].name for name in current_app.tasks if not name.startswith("celery.")
    }
    assert {name for name, queue in queues.items() if queue == "webhooks"} == {"marketplace.webhooks_deliver"}
