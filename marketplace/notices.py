"""Telling sellers what a moderator decided: titles and reasons, never a prompt's text.

The outbox may run a handler twice; the Message-ID is derived from its row, so that a second copy is
recognised as the same mail.
"""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import wanted_mail_send
from common.models import OutboxMessage
from common.outbox import handles
from listings.models import DecisionKind, Listing, ListingRevision, ModerationDecision
from marketplace.notifying.services import News, people_notify


@handles("listing_published")
def listing_published(message: OutboxMessage) -> None:
    """Tell the seller that the listing, or its new version, is on sale."""
    decision = _decision(message, DecisionKind.PUBLISH)
    if decision is None:
        return
    listing = decision.version.listing
    with translation.override(listing.seller.user.language):
        subject = _("“%(title)s” is published") % {"title": listing.title}
        context = {
            "is_first": decision.version.number == 1 or listing.published_at == decision.version.published_at,
            "version": decision.version.number,
        }
        path = listing.get_absolute_url()
        _send(message, listing, "listing_published", subject, path=path, context=context)


@handles("listing_rejected")
def listing_rejected(message: OutboxMessage) -> None:
    """Tell the seller what to change; nothing when the decision was taken back meanwhile."""
    decision = _decision(message, DecisionKind.REJECT)
    if decision is None:
        return
    listing = decision.version.listing
    with translation.override(listing.seller.user.language):
        subject = _("“%(title)s” needs some changes") % {"title": listing.title}
        context = {
            "reasons": decision.reasons,
            "by_checks": decision.moderator_id is None,
            "was_appealed": hasattr(decision.version, "appeal"),
            "stays_on_sale": listing.published_at is not None,
        }
        path = _editor(listing)
        _send(message, listing, "listing_rejected", subject, path=path, context=context)


@handles("revision_applied")
def revision_applied(message: OutboxMessage) -> None:
    """Tell the seller that the new public text is on sale."""
    listing = _revision(message).listing
    with translation.override(listing.seller.user.language):
        subject = _("The new text of “%(title)s” is published") % {"title": listing.title}
        _send(message, listing, "revision_applied", subject, path=listing.get_absolute_url())


@handles("revision_rejected")
def revision_rejected(message: OutboxMessage) -> None:
    """Tell the seller what to change in the new public text."""
    revision = _revision(message)
    listing = revision.listing
    with translation.override(listing.seller.user.language):
        subject = _("The new text of “%(title)s” needs some changes") % {"title": listing.title}
        context = {"reasons": revision.reasons}
        path = _editor(listing)
        _send(message, listing, "revision_rejected", subject, path=path, context=context)


def _editor(listing: Listing) -> str:
    return f"/sell/listings/{listing.slug}/edit/"


def _revision(message: OutboxMessage) -> ListingRevision:
    return ListingRevision.objects.select_related("listing__seller__user").get(pk=int(message.subject))


def _decision(message: OutboxMessage, kind: DecisionKind) -> ModerationDecision | None:
    return (
        ModerationDecision.objects.select_related("version__listing__seller__user", "version__appeal")
        .defer("version__text", "version__instructions")
        .filter(
            version__listing=int(message.subject), version__number=message.payload["version"], decision=kind
        )
        .first()
    )


def _send(
    message: OutboxMessage,
    listing: Listing,
    template: str,
    subject: str,
    *,
    path: str,
    context: dict[str, Any] | None = None,
) -> None:
    news = News(listing.seller.user_id, template, path, {"title": listing.title})
    people_notify(kind=NoticeKind.DECISION, source=f"{message.topic}:{message.pk}", news=[news], mails=False)
    wanted_mail_send(
        kind=NoticeKind.DECISION,
        template=f"mail/{template}",
        to=listing.seller.user,
        subject=subject,
        message_id=f"{template}.{message.pk}",
        context={"title": listing.title, "url": settings.PUBLIC_URL + path, **(context or {})},
    )
