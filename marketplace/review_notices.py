"""Telling of takedowns and reports, sellers and those who reported. Never a prompt's text."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import wanted_mail_send
from common.mails import mail_send
from common.models import OutboxMessage
from common.outbox import handles
from listings.models import Takedown, TakedownState
from listings.services.takedowns import counter_deadline
from marketplace.models import Report, ReportState
from marketplace.notifying.services import News, people_notify


@dataclass
class Reporter:
    """Who reported, as a mail addresses them: perhaps nobody we know."""

    email: str
    display_name: str


@handles("takedown_made")
def takedown_made(message: OutboxMessage) -> None:
    """Tell the seller what was taken down, why, and how to object."""
    _to_seller(message, "takedown_made")


@handles("takedown_restored")
def takedown_restored(message: OutboxMessage) -> None:
    """Tell the seller, and those who reported it, that it is on sale again."""
    _to_seller(message, "takedown_decided")
    _to_reporters(message)


@handles("takedown_upheld")
def takedown_upheld(message: OutboxMessage) -> None:
    """Tell the seller, and those who reported it, that it stays away."""
    _to_seller(message, "takedown_decided")
    _to_reporters(message)


@handles("report_decided")
def report_decided(message: OutboxMessage) -> None:
    """Tell the reporter what a moderator found."""
    report = Report.objects.select_related("listing", "reporter").get(pk=int(message.subject))
    _report_mail(report, message, was_taken_down=report.state == ReportState.UPHELD)


def _to_seller(message: OutboxMessage, template: str) -> None:
    takedown = _takedown(message)
    listing = takedown.listing
    path = f"/sell/listings/{listing.slug}/edit/"
    news = News(listing.seller.user_id, message.topic, path, {"title": listing.title})
    people_notify(kind=NoticeKind.TAKEDOWN, source=f"{message.topic}:{message.pk}", news=[news], mails=False)
    with translation.override(listing.seller.user.language):
        subjects = {
            TakedownState.RESTORED: _("“%(title)s” is restored"),
            TakedownState.UPHELD: _("“%(title)s” stays removed"),
        }
        made = template == "takedown_made"
        subject = _("“%(title)s” was taken down") if made else subjects[TakedownState(takedown.state)]
        wanted_mail_send(
            kind=NoticeKind.TAKEDOWN,
            template=f"mail/{template}",
            to=listing.seller.user,
            subject=subject % {"title": listing.title},
            message_id=f"{template}.{message.pk}",
            context={
                "title": listing.title,
                "kind": takedown.get_kind_display(),
                "words": takedown.words if made else takedown.decision_words,
                "restored": takedown.state == TakedownState.RESTORED,
                "deadline": counter_deadline(takedown),
                "url": settings.PUBLIC_URL + path,
            },
        )


def _to_reporters(message: OutboxMessage) -> None:
    takedown = _takedown(message)
    for report in takedown.reports.select_related("listing", "reporter"):
        _report_mail(report, message, was_taken_down=True, outcome=takedown.state)


def _report_mail(report: Report, message: OutboxMessage, *, was_taken_down: bool, outcome: str = "") -> None:
    name = report.reporter.display_name if report.reporter else report.email.partition("@")[0]
    with translation.override(report.language):
        mail_send(
            template="mail/report_decided",
            to=Reporter(report.email, name),
            subject=_("Your report on “%(title)s”") % {"title": report.listing.title},
            message_id=f"report_decided.{message.pk}.{report.pk}",
            context={
                "title": report.listing.title,
                "was_taken_down": was_taken_down,
                "outcome": outcome,
                "answer": "" if outcome else report.answer,
            },
        )


def _takedown(message: OutboxMessage) -> Takedown:
    return Takedown.objects.select_related("listing__seller__user").get(pk=int(message.subject))
