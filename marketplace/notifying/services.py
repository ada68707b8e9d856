"""Writing what people are told, and what they have read of it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import NoticeKind, User
from accounts.notices import wishes_for
from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import NotFound
from marketplace.notifying.models import Notification

MAIL_TASK = "marketplace.notifications_mail"
KEPT = datetime.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class News:
    """What one person is told. `what` picks its sentence, `facts` fill it; `path` is where it leads."""

    user_id: int
    what: str
    path: str
    facts: dict[str, Any] = field(default_factory=dict)


def people_notify(*, kind: NoticeKind, source: str, news: Iterable[News], mails: bool = True) -> int:
    """Tell each person as they wish, once per `source`; returns how many rows are new.

    With `mails` a task mails the row to those who want it; without, the caller has a mail of its own.
    Who wants neither gets no row. Three statements, whatever the number of people.
    """
    told = list(news)
    wishes = wishes_for(kind, [one.user_id for one in told])
    rows = [
        Notification(
            user_id=one.user_id,
            kind=kind,
            source=source,
            data={"what": one.what, **one.facts},
            path=one.path,
            in_app=wishes[one.user_id].in_app,
            by_mail=mails and wishes[one.user_id].by_mail,
        )
        for one in told
    ]
    wanted = [row for row in rows if row.in_app or row.by_mail]
    told_already = Notification.objects.filter(
        kind=kind, source=source, user__in=[row.user_id for row in wanted]
    )
    known = set(told_already.values_list("user_id", flat=True))
    new = [row for row in wanted if row.user_id not in known]
    # A rival may have written the same meanwhile: the constraint decides.
    Notification.objects.bulk_create(new, ignore_conflicts=True)
    if any(row.by_mail for row in new):
        enqueue_on_commit(MAIL_TASK)
    return len(new)


def notification_get(user: User, pk: int) -> Notification:
    """A row of the user's own page. Raises NotFound for anyone else's."""
    row = Notification.objects.filter(pk=pk, user=user, in_app=True).first()
    if row is None:
        raise NotFound("There is no such notification.")
    return row


def notification_read(*, notification: Notification) -> None:
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=clock.now())


def notification_unread(*, notification: Notification) -> None:
    Notification.objects.filter(pk=notification.pk).update(read_at=None)


def all_read(*, user: User) -> datetime.datetime | None:
    """Everything is read now; returns the moment, to undo it by, or None if nothing was unread."""
    now = clock.now()
    changed = Notification.objects.filter(user=user, in_app=True, read_at=None).update(read_at=now)
    return now if changed else None


def all_read_undo(*, user: User, at: datetime.datetime) -> None:
    """What `all_read` marked at that moment is unread again."""
    Notification.objects.filter(user=user, in_app=True, read_at=at).update(read_at=None)


def notifications_forget() -> None:
    """Old ones go; they would be told again only if their cause happened again."""
    Notification.objects.filter(created_at__lt=clock.now() - KEPT).delete()
