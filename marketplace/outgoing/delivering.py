"""Delivering what waits: one worker at an endpoint at a time, in order per subject, again for three days.

A lease on the endpoint, not a lock: nothing is held while the other side is asked, and a killed worker's
lease runs out by itself. Delivery is at least once. Real time on purpose, as in common.attempts.
"""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from standardwebhooks import Webhook

from common import clock
from common.enqueue import enqueue
from marketplace.outgoing.models import (
    PauseReason,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)
from marketplace.outgoing.sending import Outcome, post
from marketplace.outgoing.services import TASK, endpoint_pause

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
# Between one try and the next; the last comes three days after the first.
PAUSES = tuple(
    datetime.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
)
LEASE = datetime.timedelta(seconds=60)
LONGEST_REST = datetime.timedelta(minutes=10)
MOST_IN_A_ROW = 50
KEPT = datetime.timedelta(days=30)

WAITING = Q(delivered_at=None, given_up_at=None)


def endpoint_deliver(*, endpoint_id: Any) -> int:
    """Send what is due to the endpoint, until nothing is or one send fails; how many were sent."""
    sent = 0
    while sent < MOST_IN_A_ROW and (endpoint := _lease(endpoint_id)):
        message = _next_due(endpoint)
        if message is None:
            _end_lease(endpoint, timezone.now())
            if _next_due(endpoint) is None:  # written while the lease said that somebody is at it
                return sent
            continue
        outcome = _send(endpoint, message)
        _note(endpoint, message, outcome)
        sent += 1
    if sent == MOST_IN_A_ROW:
        enqueue(TASK, str(endpoint_id))
    return sent


def due_endpoint_ids(*, limit: int = 200) -> list[Any]:
    """Endpoints that have something to be sent and are neither paused, at rest nor being served."""
    now = timezone.now()
    mine = WebhookMessage.objects.filter(endpoint=OuterRef("pk"))
    asked = Exists(mine.filter(resend_asked_at__isnull=False))
    waits = Exists(mine.filter(WAITING, next_attempt_at__lte=now))
    due = WebhookEndpoint.objects.filter(asked | Q(waits, paused_at=None), not_before__lte=now)
    return list(due.order_by("not_before").values_list("pk", flat=True)[:limit])


def old_messages_forget() -> None:
    """Delete what was delivered or given up a month ago, with its attempts."""
    before = clock.now() - KEPT
    WebhookMessage.objects.filter(Q(delivered_at__lt=before) | Q(given_up_at__lt=before)).delete()


def signed_headers(endpoint: WebhookEndpoint, message: WebhookMessage) -> dict[str, str]:
    """The headers of Standard Webhooks, signed with the secret and, for a day, the one before."""
    now = timezone.now()
    keys = [endpoint.secret]
    if endpoint.previous_secret_ends_at and endpoint.previous_secret_ends_at > clock.now():
        keys.append(endpoint.previous_secret)
    signatures = [Webhook(key).sign(message.message_id, now, message.body) for key in keys]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Promptfair-Webhooks/1",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _lease(endpoint_id: Any) -> WebhookEndpoint | None:
    """The endpoint, for a minute, unless it is somebody else's or at rest."""
    now = timezone.now()
    endpoint = WebhookEndpoint.objects.select_related("seller__user").filter(pk=endpoint_id)
    taken = endpoint.filter(not_before__lte=now).update(not_before=now + LEASE)
    return endpoint.first() if taken else None


def _end_lease(endpoint: WebhookEndpoint, until: datetime.datetime) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk, not_before=endpoint.not_before).update(not_before=until)


def _next_due(endpoint: WebhookEndpoint) -> WebhookMessage | None:
    """What was asked for again, else the oldest that is due and has no older one of its subject before it."""
    mine = WebhookMessage.objects.filter(endpoint=endpoint)
    asked = mine.filter(resend_asked_at__isnull=False).order_by("resend_asked_at").first()
    if asked is not None or endpoint.paused_at is not None:
        return asked
    return _first_of_subjects(mine.filter(WAITING)).filter(next_attempt_at__lte=timezone.now()).first()


def _first_of_subjects(waiting: QuerySet[WebhookMessage]) -> QuerySet[WebhookMessage]:
    before = waiting.filter(subject=OuterRef("subject"), pk__lt=OuterRef("pk"))
    return waiting.filter(~Exists(before)).order_by("pk")


def _send(endpoint: WebhookEndpoint, message: WebhookMessage) -> Outcome:
    return post(endpoint.url, message.body.encode(), signed_headers(endpoint, message))


@transaction.atomic
def _note(endpoint: WebhookEndpoint, message: WebhookMessage, outcome: Outcome) -> None:
    """Write down what came of it, and when the message and the endpoint are next tried."""
    now = clock.now()
    WebhookAttempt.objects.create(
        message=message,
        status_code=outcome.status_code,
        error=outcome.error,
        milliseconds=outcome.milliseconds,
    )
    changes: dict[str, Any] = {"resend_asked_at": None}
    if outcome.is_success:
        changes |= {"delivered_at": message.delivered_at or now, "given_up_at": None}
    elif message.resend_asked_at is None:
        changes |= _put_off(message)
    WebhookMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(**changes)
    if outcome.is_success:
        own = {"failures": 0, "last_success_at": now, "not_before": timezone.now()}
    else:
        own = {"failures": F("failures") + 1, "not_before": timezone.now() + _rest(endpoint.failures)}
    WebhookEndpoint.objects.filter(pk=endpoint.pk, not_before=endpoint.not_before).update(**own)
    if outcome.status_code == 410:
        endpoint_pause(endpoint=endpoint, reason=PauseReason.GONE)
    elif changes.get("given_up_at") and _has_not_worked_since(endpoint, message):
        endpoint_pause(endpoint=endpoint, reason=PauseReason.FAILING)


def _put_off(message: WebhookMessage) -> dict[str, Any]:
    tried = message.attempts
    if tried >= len(PAUSES):
        return {"attempts": tried + 1, "given_up_at": clock.now()}
    return {"attempts": tried + 1, "next_attempt_at": timezone.now() + PAUSES[tried]}


def _rest(failures: int) -> datetime.timedelta:
    """How long to leave an endpoint alone that fails: many messages must not each wait for it in vain."""
    return min(PAUSES[0] * (1 << min(failures, 10)), LONGEST_REST)


def _has_not_worked_since(endpoint: WebhookEndpoint, message: WebhookMessage) -> bool:
    return endpoint.last_success_at is None or endpoint.last_success_at < message.created_at
