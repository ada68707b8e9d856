"""`Idempotency-Key`: a POST that costs money, sent again, does nothing twice and gets the same answer.

A record is written before the work. While it has no answer the request counts as running; after LEASE it is
taken for dead and may be taken over.

Work that asks nobody outside is committed together with its answer, and only while its lease holds: whoever
was merely slow has then done nothing, and no answer of one key can be found under another. Work that asks
Stripe cannot be one transaction. It is safe to repeat, and what a dead process had committed is found by
`recover`.
"""

import datetime
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.errors import Conflict, DomainError, InvalidInput
from marketplace.api.base import canonical_json, user_of
from marketplace.api.problems import problem_from_body, problem_of_domain_error
from marketplace.models import IdempotencyRecord

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255
# Longer than any request takes: Stripe is waited for for 8 seconds, twice.
LEASE = datetime.timedelta(seconds=60)

IDEMPOTENCY_PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=(
        "A string of your choice, up to 255 printable ASCII characters, one per intent. Sent again with the "
        "same body it gives the same answer (with `Idempotency-Replayed: true`); with another body 422 "
        "`idempotency_key_reused`; while the first is still running 409 `idempotency_key_in_use`."
    ),
)

Answer = Response | HttpResponse
# Given when a process that failed or died had begun: the answer it owed, if it got that far.
Recover = Callable[[datetime.datetime], Response | None]


@dataclass(frozen=True)
class _Claim:
    """This request does the work, under a lease. `taken_over_from` is when one that failed or died began."""

    record_id: int
    leased_at: datetime.datetime
    taken_over_from: datetime.datetime | None = None

    @property
    def note(self) -> dict[str, str]:
        """What the record says while it has no answer: since when somebody has been at it."""
        return {"since": (self.taken_over_from or self.leased_at).isoformat()}

    def held(self) -> QuerySet[IdempotencyRecord]:
        """The record while the lease holds: whoever was taken for dead no longer touches it."""
        return _unanswered(self.record_id, self.leased_at)


def once(request: Request, work: Callable[[], Response], *, recover: Recover | None = None) -> Answer:
    """Do `work` once for the request's key; without a key, every time.

    Without `recover` the work and its answer are one transaction. With it `work` may ask Stripe, and must be
    safe to repeat.

    Successes and refusals are kept. Faults (5xx) are not: trying again is what their answer invites to.
    Raises InvalidInput for a bad key, Conflict 409 while it is in use, DomainError 422 for another body.
    """
    key = _key_of(request)
    if key is None:
        return work()
    claim = _claim(user_id=user_of(request).pk, key=key, request_hash=_request_hash(request))
    if isinstance(claim, IdempotencyRecord):
        return _replay(claim)
    try:
        if recover is None:
            return _done_and_kept(claim, work)
        response = (recover(claim.taken_over_from) if claim.taken_over_from else None) or work()
    except DomainError as error:
        if error.status >= 500:
            _release(claim)
        else:
            _keep(claim, error.status, problem_of_domain_error(error).content)
        raise
    except BaseException:
        _release(claim)
        raise
    _keep(claim, response.status_code, canonical_json(response.data))
    return response


def _done_and_kept(claim: _Claim, work: Callable[[], Response]) -> Response:
    with transaction.atomic():
        response = work()
        if not _keep(claim, response.status_code, canonical_json(response.data)):
            raise _still_running()  # somebody else is at it by now, or has done it
    return response


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise InvalidInput.of(
            HEADER, _("Send 1 to 255 printable ASCII characters."), code="idempotency_key_invalid"
        )
    return key


def _request_hash(request: Request) -> str:
    target = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(target + canonical_json(request.data)).hexdigest()


def _claim(*, user_id: int, key: str, request_hash: str) -> _Claim | IdempotencyRecord:
    """The right to do the work, or the record that holds its answer."""
    now = clock.now()
    record, is_new = IdempotencyRecord.objects.get_or_create(
        user_id=user_id, key=key, defaults={"request_hash": request_hash, "created_at": now}
    )
    if is_new:
        return _Claim(record.pk, leased_at=now)
    if record.request_hash != request_hash:
        raise DomainError(
            _("This Idempotency-Key was used for a different request. Use a new key for a new intent."),
            code="idempotency_key_reused",
            status=422,
        )
    return record if record.response_status is not None else _take_over(record)


def _take_over(record: IdempotencyRecord) -> _Claim:
    """Only one of several wins: the update matches the lease that it saw. Raises Conflict for the others."""
    now, note = clock.now(), record.response_body or {}
    since = datetime.datetime.fromisoformat(note.get("since", record.created_at.isoformat()))
    claim = _Claim(record.pk, leased_at=now, taken_over_from=since)
    is_free = bool(note.get("released")) or record.created_at <= now - LEASE
    lease = _unanswered(record.pk, record.created_at)
    if not is_free or not lease.update(created_at=now, response_body=claim.note):
        raise _still_running()
    return claim


def _still_running() -> Conflict:
    return Conflict(
        _("A request with this Idempotency-Key is still running. Try again in a moment."),
        code="idempotency_key_in_use",
    )


def _unanswered(record_id: int, leased_at: datetime.datetime) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(pk=record_id, response_status=None, created_at=leased_at)


def _keep(claim: _Claim, status: int, body: bytes) -> bool:
    """Whether the lease still held."""
    return bool(claim.held().update(response_status=status, response_body=json.loads(body)))


def _release(claim: _Claim) -> None:
    claim.held().update(response_body={**claim.note, "released": True})


def _replay(record: IdempotencyRecord) -> Answer:
    status, headers = record.response_status or 500, {"Idempotency-Replayed": "true"}
    if status >= 400:
        return problem_from_body(record.response_body, status=status, headers=headers)
    return Response(record.response_body, status=status, headers=headers)
