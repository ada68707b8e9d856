"""Submissions on their way: checked, claimed, decided."""

from typing import Any

from accounts.models import SellerProfile, User
from listings.models import Listing, ReviewCheck
from listings.services.checks import check_run
from listings.services.drafts import listing_update
from listings.services.review import listing_decide, listing_submit
from tests.listings.drafting import draft

LONG = (
    "You are an editor of a small magazine. Write an essay about {{topic}} in four paragraphs. "
    "Open with a scene that the reader can see, then name the question, weigh two answers, and end "
    "with the one you would defend. Use short sentences and no adverbs."
)
FULL: dict[str, Any] = {
    "title": "Essays that begin with a scene",
    "summary": "Four paragraphs on any topic, for people who edit small magazines.",
    "description": (
        "For editors who need a short essay by tomorrow. You give the topic; you get four paragraphs that "
        "open with a scene, weigh two answers and end with a verdict. Made for newsletters and magazines, "
        "and tried on forty topics from owls to rent. It keeps to plain words."
    ),
    "instructions": "Paste it into a new chat. Ask for a second draft if the ending is weak.",
    "variables": [
        {
            "name": "topic",
            "label": "Topic",
            "help": "What the essay is about.",
            "type": "text",
            "required": True,
        }
    ],
    "examples": [
        {
            "values": {"topic": "owls"},
            "output_text": "Owls cross the yard at dusk, and the barn goes quiet. "
            "What do they hear that we miss? The mice know, and so does the cat.",
        },
        {
            "values": {"topic": "rain"},
            "output_text": "Rain fills the gutter first. The cellar takes an hour longer, "
            "and nobody on the street asks why.",
        },
    ],
    "prompt": LONG,
}


def submitted(seller: SellerProfile, **changes: Any) -> Listing:
    """A submission that the checks find nothing in, unless `changes` say otherwise."""
    return listing_submit(listing=draft(seller, **FULL | changes), by=seller.user)


def checked(listing: Listing) -> ReviewCheck:
    """Its newest check, run as the task would."""
    check = ReviewCheck.objects.filter(version__listing=listing).latest("created_at", "pk")
    check_run(version_id=check.pk)
    check.refresh_from_db()
    return check


def returned(seller: SellerProfile, moderator: User, **changes: Any) -> Listing:
    listing = submitted(seller, **changes)
    return listing_decide(
        listing=listing, moderator=moderator, decision="reject", reasons=["The second example is another's."]
    )


def new_version(listing: Listing, **changes: Any) -> Listing:
    """Another version of a listing on sale, submitted."""
    changes = {"prompt": LONG + " Mention the year {{year}}.", "changelog": "A year."} | changes
    changes.setdefault(
        "examples",
        [
            {"values": row["values"] | {"year": "1999"}, "output_text": row["output_text"]}
            for row in FULL["examples"]
        ],
    )
    listing_update(listing=listing, data=changes)
    return listing_submit(listing=listing, by=listing.seller.user)
