"""Telling buyers of a new version of what they own: title, number and changelog, never the text."""

from accounts.models import NoticeKind
from common.models import OutboxMessage
from common.outbox import handles
from listings.models import ListingStatus, PromptVersion
from marketplace.notifying import spreading
from marketplace.notifying.services import News, people_notify
from payments.models import Entitlement


@handles("listing_published")
def version_published(message: OutboxMessage) -> None:
    """Nobody owns a first version yet; each later one is told to whoever owns an earlier one."""
    version = (
        PromptVersion.objects.only("pk", "number")
        .filter(listing=int(message.subject), number=message.payload["version"], published_at__isnull=False)
        .first()
    )
    if version is not None and version.number > 1:
        spreading.spread_begin(key=f"version:{version.pk}")


@spreading.tells("version")
def buyers_tell(version_id: str, after: int) -> int | None:
    """The next buyers with access who bought an earlier version; nobody if the listing was taken down."""
    version = (
        PromptVersion.objects.select_related("listing")
        .defer("text", "instructions", "variables", "listing__description", "listing__description_html")
        .get(pk=int(version_id))
    )
    if version.listing.status == ListingStatus.REMOVED:
        return None
    owners = Entitlement.objects.filter(
        listing=version.listing_id,
        revoked_at=None,
        version__number__lt=version.number,
        buyer__gt=after,
        buyer__is_active=True,
    )
    grants = list(owners.order_by("buyer").values_list("buyer_id", "pk")[: spreading.BATCH])
    if not grants:
        return None
    people_notify(
        kind=NoticeKind.VERSION,
        source=f"version:{version.pk}",
        news=[
            News(
                user_id=buyer_id,
                what="version",
                path=f"/library/{grant_id}/?version={version.number}",
                facts={
                    "number": version.number,
                    "title": version.listing.title,
                    "note": version.changelog,
                    "changes_path": f"/library/{grant_id}/changes/?version={version.number}",
                },
            )
            for buyer_id, grant_id in grants
        ],
    )
    return grants[-1][0]
