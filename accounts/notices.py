"""How people want to be told, mails they can turn off, and the link that does it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import DigestRhythm, NoticeKind, NoticePreference, User
from common.errors import InvalidInput, NotFound
from common.mails import mail_send

# About a person's own money or rights: such a mail is always sent.
ALWAYS_MAILED = frozenset({NoticeKind.PAYOUT, NoticeKind.TAKEDOWN})
BUYER_KINDS = (
    NoticeKind.VERSION,
    NoticeKind.REPLY,
    NoticeKind.ANSWER,
    NoticeKind.REFUND,
    NoticeKind.DIGEST,
)
SELLER_KINDS = tuple(kind for kind in NoticeKind if kind not in BUYER_KINDS)

# The value reads `user.kind`; a dot cannot stand in either, nor in a signature.
_SIGNER = signing.Signer(salt="promptfair.unsubscribe", sep=".")


@dataclass(frozen=True, slots=True)
class Wish:
    """How one person wants to be told of one kind."""

    in_app: bool = True
    by_mail: bool = True
    rhythm: str = DigestRhythm.WEEKLY


def wishes_of(user: User) -> dict[NoticeKind, Wish]:
    """Every kind, as the user wants it."""
    rows = {row.kind: row for row in NoticePreference.objects.filter(user=user)}
    return {kind: _wish(kind, rows.get(kind)) for kind in NoticeKind}


def wishes_for(kind: NoticeKind, user_ids: Iterable[int]) -> dict[int, Wish]:
    """How each of these people wants to be told of `kind`; one query."""
    ids = list(user_ids)
    rows = {row.user_id: row for row in NoticePreference.objects.filter(kind=kind, user__in=ids)}
    return {pk: _wish(kind, rows.get(pk)) for pk in ids}


def _wish(kind: str, row: NoticePreference | None) -> Wish:
    if row is None:
        return Wish()
    return Wish(in_app=row.in_app, by_mail=row.by_mail or kind in ALWAYS_MAILED, rhythm=row.rhythm)


@transaction.atomic
def wishes_save(*, user: User, wishes: Mapping[NoticeKind, Wish]) -> None:
    """Keep how the user wants to be told. What is always mailed stays so. Raises InvalidInput (`rhythm`)."""
    for wish in wishes.values():
        if wish.rhythm not in DigestRhythm.values:
            raise InvalidInput.of("rhythm", _("Choose every day or once a week."))
    NoticePreference.objects.bulk_create(
        [
            NoticePreference(
                user=user,
                kind=kind,
                in_app=wish.in_app,
                by_mail=wish.by_mail or kind in ALWAYS_MAILED,
                rhythm=wish.rhythm,
            )
            for kind, wish in wishes.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["in_app", "by_mail", "rhythm"],
    )


def wanted_mail_send(
    *,
    kind: NoticeKind,
    to: User,
    template: str,
    subject: str,
    message_id: str,
    context: dict[str, Any],
    wish: Wish | None = None,
) -> bool:
    """Send a mail of `kind`, unless the person has turned it off, with the way to do so; true if sent.

    `wish` is the person's, for who has asked for several people's at once (`wishes_for`).
    """
    if not (wish or wishes_for(kind, [to.pk])[to.pk]).by_mail:
        return False
    mail_send(
        template=template,
        to=to,
        subject=subject,
        message_id=message_id,
        context=context,
        unsubscribe_url="" if kind in ALWAYS_MAILED else unsubscribe_url(to.pk, kind),
    )
    return True


def unsubscribe_url(user_id: int, kind: NoticeKind) -> str:
    """The address that ends mails of a kind without a log-in; it works for ever."""
    return f"{settings.PUBLIC_URL}/unsubscribe/{_SIGNER.sign(f'{user_id}.{kind.value}')}/"


def unsubscribe_read(token: str) -> tuple[User, NoticeKind]:
    """Whose mails of which kind the link is about. Raises NotFound for a link that is not ours."""
    try:
        user_id, kind = _SIGNER.unsign(token).split(".")
        return User.objects.get(pk=int(user_id)), NoticeKind(kind)
    except (signing.BadSignature, ValueError, User.DoesNotExist) as error:
        raise NotFound(_("This link is not one of ours."), code="link_unknown") from error


def mails_stop(*, user: User, kind: NoticeKind) -> None:
    """No more mails of this kind, whatever else is wished. Doing it again changes nothing."""
    _by_mail_set(user, kind, False)


def mails_resume(*, user: User, kind: NoticeKind) -> None:
    """Mails of this kind again: undoes `mails_stop`."""
    _by_mail_set(user, kind, True)


def _by_mail_set(user: User, kind: NoticeKind, by_mail: bool) -> None:
    NoticePreference.objects.bulk_create(
        [NoticePreference(user=user, kind=kind, by_mail=by_mail or kind in ALWAYS_MAILED)],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["by_mail"],
    )
