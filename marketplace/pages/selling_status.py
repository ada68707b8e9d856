"""Where a listing stands, in words for its seller."""

import datetime
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from listings.models import DecisionKind, Listing, ListingStatus, ModerationDecision, PromptVersion
from listings.queries.revisions import FieldChange, Proposal, proposals_of, revision_changes
from listings.services.public_text import public_facts
from listings.services.review import queue_position, revision_position
from marketplace.pages.selling_review import Review, review_of


@dataclass(frozen=True)
class Standing:
    """The status panel. `version` is the newest one; `position` counts from 1 and is 0 unless it waits."""

    listing: Listing
    version: PromptVersion | None
    title: str
    text: str
    tone: str
    position: int = 0
    since: datetime.datetime | None = None
    reasons: list[str] = field(default_factory=list)
    review: Review = field(default_factory=Review)
    proposal: Proposal | None = None
    proposal_position: int = 0

    @property
    def is_waiting(self) -> bool:
        return self.position > 0

    @property
    def can_edit(self) -> bool:
        return not self.is_waiting and self.listing.status != ListingStatus.REMOVED

    @property
    def can_submit(self) -> bool:
        """A listing on sale has something to submit only once its prompt or its public text differs."""
        if self.listing.status == ListingStatus.SUSPENDED:
            return False
        is_new_text = self.version is not None and not self.version.is_sealed
        has_draft = self.proposal is not None and not self.proposal.is_waiting
        return self.can_edit and (self.listing.published_at is None or is_new_text or has_draft)

    @property
    def is_new_version(self) -> bool:
        """Whether a version is being written of what was submitted before."""
        return self.version is not None and not self.version.is_sealed and self.version.number > 1

    @property
    def was_published(self) -> bool:
        return self.listing.published_at is not None

    @property
    def changes(self) -> list[FieldChange]:
        """What the new public text changes."""
        return revision_changes(self.proposal.revision, public_facts(self.listing)) if self.proposal else []


def standing_of(listing: Listing, version: PromptVersion | None) -> Standing:
    """The panel for a listing and its newest version (with its decision loaded)."""
    standing = replace(_standing(listing, version), review=review_of(listing))
    proposal = proposals_of([listing]).get(listing.pk) if listing.published_at else None
    if proposal is None:
        return standing
    return replace(standing, proposal=proposal, proposal_position=revision_position(listing))


def _standing(listing: Listing, version: PromptVersion | None) -> Standing:
    position = queue_position(listing)
    decision: ModerationDecision | None = getattr(version, "decision", None)
    returned = decision is not None and decision.decision == DecisionKind.REJECT
    if position:
        return _waiting(listing, version, position)
    if returned and decision is not None:
        return _returned(listing, version, decision)
    title, text, tone = _words(listing, version)
    return Standing(listing, version, title, text, tone, since=_since(listing))


def _waiting(listing: Listing, version: PromptVersion | None, position: int) -> Standing:
    text = _("A moderator will read it. Withdraw it if you want to change something first.")
    if listing.published_at is not None:
        text = _("Your listing stays on sale with its last version until a moderator has read the new one.")
    return Standing(
        listing, version, _("In review"), text, "info", position=position, since=listing.submitted_at
    )


def _returned(listing: Listing, version: PromptVersion | None, decision: ModerationDecision) -> Standing:
    text = _("A moderator asks for changes. Make them here, save, and submit again.")
    return Standing(
        listing,
        version,
        _("Returned to you"),
        text,
        "warning",
        since=decision.created_at,
        reasons=list(decision.reasons),
    )


def _words(listing: Listing, version: PromptVersion | None) -> tuple[str, str, str]:
    if listing.status == ListingStatus.PUBLISHED:
        if version is not None and not version.is_sealed:
            text = _(
                "You are writing version %(number)d. Buyers see it once you submit it and it is published."
            )
            return _("On sale"), text % {"number": version.number}, "success"
        return _("On sale"), _("Buyers find it in the catalogue."), "success"
    if listing.status == ListingStatus.UNLISTED:
        return _("Unlisted"), _("Nobody can buy it now. Those who own it keep it."), "warning"
    if listing.status == ListingStatus.SUSPENDED:
        return _("Taken down"), _("Nobody can buy it now. Those who own it keep it."), "error"
    if listing.status == ListingStatus.REMOVED:
        return _("Removed"), _("It can no longer be sold or changed. Those who own it keep it."), "warning"
    return (
        _("Draft"),
        _("Only you can see it. Submit it when it is ready; a moderator reads it before it is sold."),
        "info",
    )


def _since(listing: Listing) -> datetime.datetime | None:
    return listing.published_at if listing.status == ListingStatus.PUBLISHED else listing.updated_at
