"""The demo's mailbox: the mails it would have sent, read from the files the mail backend wrote. Demo only."""

import datetime
import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

SEPARATOR = b"-" * 79 + b"\n"
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    position: int
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def sent_at(self) -> datetime.datetime:
        sent_at: datetime.datetime = self.message["Date"].datetime
        return sent_at

    @property
    def text(self) -> str:
        return _body(self.message, "plain")

    @property
    def html(self) -> str:
        return _body(self.message, "html")


@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    _require_demo()
    folder = Path(settings.MAILBOX_DIR)
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    mails = [mail for file in files[:SHOWN] for mail in reversed(_mails_in(file))]
    return render(request, "pages/system/mailbox.html", {"mails": mails[:SHOWN]})


@never_cache
def mail(request: HttpRequest, name: str, position: int) -> HttpResponse:
    return render(request, "pages/system/mail.html", {"mail": _mail_or_404(name, position)})


@never_cache
def mail_html(request: HttpRequest, name: str, position: int) -> HttpResponse:
    """The HTML part as a page of its own. A mail has its own inline styles, and may run nothing."""
    response = HttpResponse(_mail_or_404(name, position).html)
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups"
    response["Content-Security-Policy"] = policy
    return response


def _require_demo() -> None:
    if not settings.IS_DEMO:
        raise Http404


def _mail_or_404(name: str, position: int) -> Mail:
    _require_demo()
    file = Path(settings.MAILBOX_DIR) / name
    if file.parent != Path(settings.MAILBOX_DIR) or not file.is_file():
        raise Http404
    mails = _mails_in(file)
    if position >= len(mails):
        raise Http404
    return mails[position]


def _mails_in(file: Path) -> list[Mail]:
    parts = [part for part in file.read_bytes().split(SEPARATOR) if part.strip()]
    parser = email.policy.default
    return [
        Mail(file.name, position, email.message_from_bytes(part, policy=parser))
        for position, part in enumerate(parts)
    ]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
