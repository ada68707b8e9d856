"""What a seller does with endpoints: make, change, pause, renew the secret, try, send again."""

import base64
import datetime
import json
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from accounts.services import audit_record
from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import Conflict, InvalidInput, NotFound
from common.ids import uuid7
from marketplace.outgoing.guard import Refused, target_of
from marketplace.outgoing.models import PauseReason, WebhookEndpoint, WebhookEvent, WebhookMessage

ENDPOINTS_PER_SELLER = 10
# How long both secrets sign after a new one was made, so that a receiver can be changed without a gap.
OVERLAP = datetime.timedelta(hours=24)
TASK = "marketplace.webhooks_deliver"
TEST_EVENT = "endpoint.test"
SECRET_BYTES = 32


def endpoints_of(seller: SellerProfile) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(seller=seller).order_by("created_at", "pk")


def endpoint_get(seller: SellerProfile, endpoint_id: UUID) -> WebhookEndpoint:
    """One of this seller's endpoints. Raises NotFound for all others."""
    found = endpoints_of(seller).filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound(_("There is no such endpoint."), code="endpoint_not_found")
    return found


@transaction.atomic
def endpoint_create(*, seller: SellerProfile, url: str, events: Sequence[str]) -> WebhookEndpoint:
    """Begin to tell `url` of these events. Its `secret` is to be shown now and never again.

    Locks the seller's row. Raises InvalidInput (`url`, `events`), Conflict (`too_many_endpoints`) at ten.
    """
    url, events = _checked(url, events)
    SellerProfile.objects.select_for_update(no_key=True).get(pk=seller.pk)
    if endpoints_of(seller).count() >= ENDPOINTS_PER_SELLER:
        raise Conflict(_("You have ten endpoints. Delete one first."), code="too_many_endpoints")
    endpoint = WebhookEndpoint.objects.create(seller=seller, url=url, events=events, secret=_new_secret())
    audit_record(actor=seller.user, action="webhook.created", subject=endpoint)
    return endpoint


@transaction.atomic
def endpoint_update(*, endpoint: WebhookEndpoint, url: str, events: Sequence[str]) -> None:
    """Change address and events. What waits goes to the new one. Raises InvalidInput (`url`, `events`)."""
    endpoint.url, endpoint.events = _checked(url, events)
    endpoint.save(update_fields=["url", "events"])
    audit_record(actor=endpoint.seller.user, action="webhook.changed", subject=endpoint)


@transaction.atomic
def endpoint_delete(*, endpoint: WebhookEndpoint) -> None:
    """End it, with all that waits and its log."""
    audit_record(actor=endpoint.seller.user, action="webhook.deleted", subject=endpoint)
    endpoint.delete()


@transaction.atomic
def secret_renew(*, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """A new secret, to be shown now; for a day messages are signed with both."""
    endpoint = _locked(endpoint)
    endpoint.previous_secret, endpoint.previous_secret_ends_at = endpoint.secret, clock.now() + OVERLAP
    endpoint.secret = _new_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_ends_at"])
    audit_record(actor=endpoint.seller.user, action="webhook.secret_renewed", subject=endpoint)
    return endpoint


@transaction.atomic
def endpoint_pause(*, endpoint: WebhookEndpoint, reason: PauseReason) -> None:
    """Tell it nothing more: events from now on are left out, and what waits stays. Locks it."""
    endpoint = _locked(endpoint)
    if endpoint.paused_at is None:
        endpoint.paused_at, endpoint.pause_reason = clock.now(), reason
        endpoint.save(update_fields=["paused_at", "pause_reason"])


@transaction.atomic
def endpoint_resume(*, endpoint: WebhookEndpoint) -> None:
    """Go on, at once with what waits. Locks it."""
    endpoint = _locked(endpoint)
    endpoint.paused_at, endpoint.pause_reason, endpoint.failures = None, "", 0
    endpoint.not_before = timezone.now()
    endpoint.save(update_fields=["paused_at", "pause_reason", "failures", "not_before"])
    endpoint.messages.filter(delivered_at=None, given_up_at=None).update(next_attempt_at=timezone.now())
    enqueue_on_commit(TASK, str(endpoint.pk))


@transaction.atomic
def message_resend(*, endpoint: WebhookEndpoint, key: UUID) -> None:
    """Send one message again, soon and once, past whatever waits. Raises NotFound for another endpoint's."""
    if not endpoint.messages.filter(key=key).update(resend_asked_at=clock.now()):
        raise NotFound(_("There is no such message."))
    WebhookEndpoint.objects.filter(pk=endpoint.pk, failures__gt=0).update(not_before=timezone.now())
    enqueue_on_commit(TASK, str(endpoint.pk))


@transaction.atomic
def endpoint_test(*, endpoint: WebhookEndpoint) -> WebhookMessage:
    """Send a message that means nothing, to see whether it arrives."""
    key = uuid7()
    message = message_of(
        endpoint,
        TEST_EVENT,
        subject=f"test:{key}",
        source=f"test:{key}",
        at=clock.now(),
        data={"hello": True},
    )
    message.save()
    enqueue_on_commit(TASK, str(endpoint.pk))
    return message


def message_of(
    endpoint: WebhookEndpoint,
    event: str,
    *,
    subject: str,
    source: str,
    at: datetime.datetime,
    data: dict[str, Any],
) -> WebhookMessage:
    """The row, not saved yet, in the form of Standard Webhooks: type, timestamp, data."""
    body = {"type": event, "timestamp": at.astimezone(datetime.UTC).isoformat(), "data": data}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return WebhookMessage(endpoint=endpoint, event=event, subject=subject, source=source, body=text)


def _checked(url: str, events: Sequence[str]) -> tuple[str, list[str]]:
    url, errors = url.strip(), {}
    chosen = [event for event in WebhookEvent.values if event in events]
    if not chosen or len(chosen) != len(set(events)):
        errors["events"] = [_("Choose at least one event.")]
    try:
        target_of(url)
    except Refused as refused:
        errors["url"] = [_url_problem(refused.code)]
    if errors:
        raise InvalidInput(" ".join(str(found[0]) for found in errors.values()), errors=errors)
    return url, chosen


def _url_problem(code: str) -> str:
    return {
        "not_https": _("The address must begin with https://."),
        "not_found": _(
            "This name cannot be found. Check the spelling, or wait until it is known everywhere."
        ),
        "not_public": _("This address is not on the public internet. We send to public servers only."),
    }.get(code, _("Write a whole address, such as https://example.com/webhooks."))


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return (
        WebhookEndpoint.objects.select_for_update(of=("self",))
        .select_related("seller__user")
        .get(pk=endpoint.pk)
    )


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
