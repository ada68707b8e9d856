"""What a review left for the seller to see: checks, remarks at exact lines, appeal, takedown, story."""

import datetime
from dataclasses import dataclass, field

from django.urls import reverse

from listings.models import (
    OPEN_TAKEDOWNS,
    Appeal,
    CheckState,
    DecisionKind,
    Listing,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    ReviewCheck,
    Takedown,
)
from listings.queries.originality import near_copies_of_draft, texts_of
from listings.queries.timeline import Step, timeline_of
from listings.reasons import Remark, rule_title
from listings.services.appeals import appealable_decision

EXCERPT = 160
# Where a remark's field is on the editor's page, if not at the input of its name.
_HREFS = {"variables": "#variables", "examples": "#examples"}


@dataclass(frozen=True)
class ShownRemark:
    """`excerpt` is the marked line in the seller's own text; `lesson_url` says why it matters."""

    place: str
    sentence: str
    excerpt: str = ""
    href: str = ""
    lesson: str = ""
    lesson_url: str = ""


@dataclass(frozen=True)
class ShownCopy:
    """Another seller's text that was first: since when, and its listing while everyone may see that."""

    submitted_at: datetime.datetime
    listing: Listing | None


@dataclass(frozen=True)
class Review:
    """The last submission's fate. `found` are the rules that the checks saw, `copies` the texts that it is
    much like, while it waits.
    """

    is_checking: bool = False
    found: list[str] = field(default_factory=list)
    copies: list[ShownCopy] = field(default_factory=list)
    remarks: list[ShownRemark] = field(default_factory=list)
    by_checks: bool = False
    can_appeal: bool = False
    appeal: Appeal | None = None
    takedown: Takedown | None = None
    timeline: list[Step] = field(default_factory=list)


def review_of(listing: Listing) -> Review:
    """For the seller's own pages: it reads their text for the marked lines. Its statements are constant."""
    version = (
        listing.versions.filter(sealed_at__isnull=False)
        .select_related("decision", "appeal", "review_check")
        .order_by("-number")
        .first()
    )
    timeline = timeline_of(listing)
    if version is None:
        return Review(timeline=timeline)
    check: ReviewCheck | None = getattr(version, "review_check", None)
    decision: ModerationDecision | None = getattr(version, "decision", None)
    returned = decision is not None and decision.decision == DecisionKind.REJECT
    waits = decision is None and version.published_at is None
    remarks = _remarks(decision, version, listing) if decision is not None and returned else []
    return Review(
        is_checking=waits and check is not None and check.is_running,
        found=_found(check) if waits else [],
        copies=_copies_found(check) if waits else [],
        remarks=remarks,
        by_checks=returned and decision is not None and decision.moderator_id is None,
        can_appeal=returned and appealable_decision(listing) is not None,
        appeal=getattr(version, "appeal", None),
        takedown=_takedown(listing),
        timeline=timeline,
    )


def copies_before(version: PromptVersion) -> list[ShownCopy]:
    """What a moderator would find that a text much resembles, for its seller to know before submitting."""
    return _shown_copies(
        [(copy.sealed_at, copy.listing) for copy in near_copies_of_draft(version) if copy.is_earlier]
    )


def _copies_found(check: ReviewCheck | None) -> list[ShownCopy]:
    earlier = [copy["version"] for copy in check.near_copies if copy["is_earlier"]] if check else []
    texts = texts_of(earlier).values() if earlier else []
    return _shown_copies([(text.sealed_at, text.listing) for text in texts if text.sealed_at is not None])


def _shown_copies(found: list[tuple[datetime.datetime, Listing]]) -> list[ShownCopy]:
    """The oldest first. What is not on sale is named by its day alone."""
    copies = [ShownCopy(at, listing if listing.is_public else None) for at, listing in found]
    return sorted(copies, key=lambda copy: copy.submitted_at)


def _found(check: ReviewCheck | None) -> list[str]:
    if check is None or check.state not in (CheckState.FLAGGED, CheckState.PASSED):
        return []
    rules = dict.fromkeys(found["rule"] for found in check.findings if found["severity"] != "hint")
    return [rule_title(rule) for rule in rules]


def _remarks(decision: ModerationDecision, version: PromptVersion, listing: Listing) -> list[ShownRemark]:
    """The remarks in the reader's language; a decision without any has sentences only."""
    if not decision.remarks:
        return [ShownRemark(place="", sentence=sentence) for sentence in decision.reasons]
    texts = {
        "prompt": version.text,
        "instructions": version.instructions,
        "description": listing.description,
    }
    found = [_shown(Remark.from_dict(raw), texts) for raw in decision.remarks]
    known = {Remark.from_dict(raw).sentence for raw in decision.remarks}
    # What came over the API as free sentences beside the remarks.
    extra = decision.reasons[len(found) :]
    return found + [ShownRemark(place="", sentence=each) for each in extra if each not in known]


def _shown(remark: Remark, texts: dict[str, str]) -> ShownRemark:
    name = remark.field.split(".")[0]
    return ShownRemark(
        place=remark.place,
        sentence=remark.bare_sentence,
        excerpt=_line(texts.get(remark.field, ""), remark.line),
        href=_HREFS.get(name, f"#id_{name}") if name else "",
        lesson=remark.lesson,
        lesson_url=f"{reverse('studio_lessons')}#{remark.rule or f'reason-{remark.reason}'}",
    )


def _line(text: str, number: int | None) -> str:
    lines = text.split("\n")
    return lines[number - 1].strip()[:EXCERPT] if number and number <= len(lines) else ""


def _takedown(listing: Listing) -> Takedown | None:
    if listing.status != ListingStatus.SUSPENDED:
        return None
    return Takedown.objects.filter(listing=listing, state__in=OPEN_TAKEDOWNS).first()
