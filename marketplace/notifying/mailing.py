"""Mailing notifications: each row once, by whichever worker claims it."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import wanted_mail_send
from common import clock
from common.attempts import attempt_failed, due_ids, row_claim
from common.enqueue import enqueue
from listings.queries.cards import cards_of_ids
from marketplace.notifying.models import Notification
from marketplace.notifying.services import MAIL_TASK
from marketplace.notifying.words import sentence_of

WAITING = Q(by_mail=True, mailed_at=None)
MOST_IN_A_ROW = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What the mail says beyond its sentence: somebody's words, and where to go on."""

    links: list[Link]
    note_title: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def notifications_mail() -> int:
    """Mail what waits, and leave the rest to the next task; returns how many were sent."""
    due = due_ids(Notification, waiting=WAITING, limit=MOST_IN_A_ROW)
    sent = sum(notification_mail(pk) for pk in due)
    if len(due) == MOST_IN_A_ROW:
        enqueue(MAIL_TASK)
    return sent


def notification_mail(pk: int) -> bool:
    """Mail one row. The claim keeps rivals away; its Message-ID makes a repeated mail recognisable."""
    row = row_claim(Notification.objects.select_related("user").filter(pk=pk), waiting=WAITING)
    if row is None:
        return False
    try:
        _send(row)
    except Exception as error:
        logger.exception("Mail of notification %s failed", pk)
        attempt_failed(Notification, pk, error)
        return False
    Notification.objects.filter(pk=pk).update(mailed_at=clock.now())
    return True


def _send(row: Notification) -> None:
    with translation.override(row.user.language):
        sentence = sentence_of(row)
        letter = letter_of(row)
        if row.kind == NoticeKind.DIGEST and not letter.extra["cards"]:
            return  # all of it was taken off sale meanwhile
        wanted_mail_send(
            kind=NoticeKind(row.kind),
            to=row.user,
            template="mail/notification",
            subject=sentence.removesuffix("."),
            message_id=f"notification.{row.pk}",
            context={
                "sentence": sentence,
                "note": row.data.get("note", ""),
                "note_title": letter.note_title,
                "links": letter.links,
                "kind_label": NoticeKind(row.kind).label,
                **letter.extra,
            },
        )


def letter_of(row: Notification) -> Letter:
    """By kind: the button first, then further ways."""
    url = settings.PUBLIC_URL + row.path
    match row.kind:
        case NoticeKind.VERSION:
            changes = f"{settings.PUBLIC_URL}{row.data['changes_path']}"
            links = [Link(_("Open it in your library"), url), Link(_("See what changed"), changes)]
            return Letter(links, note_title=_("What the seller says about it:"))
        case NoticeKind.REPLY:
            return Letter([Link(_("Read it on the page"), url)], note_title=_("The reply:"))
        case NoticeKind.ANSWER:
            return Letter([Link(_("Read it on the page"), url)], note_title=_("The answer:"))
        case NoticeKind.QUESTION:
            return Letter([Link(_("Read and answer it"), url)], note_title=_("The question:"))
        case NoticeKind.REVIEW:
            return Letter([Link(_("Read and answer it"), url)], note_title=_("The review:"))
        case NoticeKind.DIGEST:
            extra = {"cards": cards_of_ids(row.data["listings"]), "public_url": settings.PUBLIC_URL}
            return Letter([Link(_("See all that is new"), url)], extra=extra | {"note": ""})
        case NoticeKind.REFUND:
            return Letter([Link(_("See the order"), url)])
    return Letter([Link(_("Have a look"), url)])
