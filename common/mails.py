"""One way to send a mail: text and HTML from a pair of templates, recognisable when it comes twice."""

from typing import Any, Protocol

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


class Person(Protocol):
    email: str
    display_name: str


def mail_send(
    *,
    template: str,
    to: Person,
    subject: str,
    message_id: str,
    context: dict[str, Any],
    unsubscribe_url: str = "",
) -> None:
    """Send `template`.txt with `template`.html beside it, in the active language.

    A task that runs twice must pass the same `message_id`: mail programs show such a mail once. Line breaks
    in a subject (titles are people's own words) become spaces, for a header ends at one.

    `unsubscribe_url` ends such mails by one POST (RFC 8058); empty for those that cannot be turned off.
    """
    subject = " ".join(subject.split())
    context = {"person": to, "subject": subject, "unsubscribe_url": unsubscribe_url, **context}
    headers = {"Message-ID": f"<{message_id}@mail.promptfair>", "Auto-Submitted": "auto-generated"}
    body = render_to_string(f"{template}.txt", context)
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        body += render_to_string("mail/unsubscribe.txt", context)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=body,
        to=[to.email],
        headers=headers,
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    mail.send()
