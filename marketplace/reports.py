"""Reports from visitors: taken, dismissed, or answered by a takedown."""

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict, DomainError, InvalidInput
from common.outbox import message_publish
from common.texts import printable
from listings.models import Listing, TakedownKind
from listings.services.review import require_moderator
from listings.services.takedowns import takedown_make
from marketplace.models import Report, ReportState

MAX_TEXT = 2000
DAY = 86_400


class TooMany(DomainError):
    code = "rate_limited"
    status = 429


def report_make(
    *,
    listing: Listing,
    kind: str,
    text: str,
    email: str,
    reporter: User | None,
    address: str | None,
    language: str,
) -> Report:
    """Take a report of a listing on sale. The same person's second one while the first is open is the first.

    `address` is where it comes from; together with the person it is what is counted: REPORTS_PER_DAY.
    Raises InvalidInput on `kind`, `text` or `email`; TooMany.
    """
    email = (reporter.email if reporter else email).strip().lower()
    text = printable(text).strip()
    _refuse_faults(kind, text, email)
    known = Report.objects.filter(listing=listing, email=email, state=ReportState.OPEN).first()
    if known is not None:
        return known
    _count(f"email:{email}")
    if address:
        _count(f"address:{address}")
    report = Report(listing=listing, kind=kind, text=text, email=email, reporter=reporter, language=language)
    try:
        with transaction.atomic():
            report.save()
            audit_record(actor=reporter, action="report.made", subject=report, detail={"kind": kind})
    except IntegrityError:
        return Report.objects.get(listing=listing, email=email, state=ReportState.OPEN)
    return report


@transaction.atomic
def report_dismiss(*, report: Report, moderator: User, answer: str = "") -> Report:
    """Find nothing wrong, and tell the reporter. Locks the report; dismissing again changes nothing.

    Raises NotFound for those who may not moderate, Conflict `already_decided` or `own_listing`.
    """
    return _decide(report, moderator, ReportState.DISMISSED, answer)


@transaction.atomic
def report_uphold(*, report: Report, moderator: User, kind: str, words: str, answer: str = "") -> Report:
    """Take the listing down with `words` to its seller, and tell the reporter. Locks report and listing.

    Other open reports of the listing are answered by the same takedown. Raises as `report_dismiss` and
    `takedown_make`.
    """
    decided = _decide(report, moderator, ReportState.UPHELD, answer)
    if decided.takedown_id is None:
        takedown = takedown_make(listing=decided.listing, moderator=moderator, kind=kind, words=words)
        Report.objects.filter(pk=decided.pk).update(takedown=takedown)
        others = Report.objects.filter(listing=decided.listing, state=ReportState.OPEN)
        for other in others.select_for_update().order_by("pk"):
            _settle(other, moderator, ReportState.UPHELD, answer)
            Report.objects.filter(pk=other.pk).update(takedown=takedown)
    return decided


def _decide(report: Report, moderator: User, state: ReportState, answer: str) -> Report:
    require_moderator(moderator)
    locked = (
        Report.objects.select_for_update(of=("self",)).select_related("listing__seller").get(pk=report.pk)
    )
    if locked.state == state:
        return locked
    if locked.state != ReportState.OPEN:
        raise Conflict(_("This report has been decided already."), code="already_decided")
    if locked.listing.seller.user_id == moderator.pk:
        raise Conflict(_("Another moderator has to judge your own prompt."), code="own_listing")
    _settle(locked, moderator, state, answer)
    return locked


def _settle(report: Report, moderator: User, state: ReportState, answer: str) -> None:
    report.state, report.decided_by, report.decided_at = state, moderator, clock.now()
    report.answer = printable(answer).strip()[:MAX_TEXT]
    report.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    audit_record(
        actor=moderator,
        action=f"report.{state.value}",
        subject=report,
        detail={"before": "open", "after": state.value, "listing": report.listing_id, "words": report.answer},
    )
    message_publish("report_decided", subject=report.pk)


def _refuse_faults(kind: str, text: str, email: str) -> None:
    errors: dict[str, list[str]] = {}
    if kind not in TakedownKind.values:
        errors["kind"] = [_("Choose a reason.")]
    if not text:
        errors["text"] = [_("Say what is wrong, so that we can find it.")]
    if len(text) > MAX_TEXT:
        errors["text"] = [_("Use at most %(limit)d characters.") % {"limit": MAX_TEXT}]
    try:
        validate_email(email)
    except ValidationError as error:
        errors["email"] = list(error.messages)
    if errors:
        raise InvalidInput(next(iter(errors.values()))[0], errors=errors)


def _count(who: str) -> None:
    """A day's window in the cache; when that is away, reports are taken without a limit."""
    key = f"reports:{who}"
    if cache.add(key, 1, timeout=DAY):
        return
    try:
        count = cache.incr(key)
    except ValueError:  # expired in between
        return
    if count is not None and count > settings.REPORTS_PER_DAY:
        raise TooMany(_("You have sent many reports today. Please write to us instead."))
