"""The public text of a listing: read as plain values, compared, written. Callers hold the listing's lock."""

import copy
from collections.abc import Mapping
from typing import Any

from listings.markdown import markdown_html
from listings.models import Listing, Tag
from listings.services.inputs import PUBLIC_FIELDS, inputs_clean


def public_facts(listing: Listing) -> dict[str, Any]:
    """The public text as it stands, ready for JSON: model and category as slugs, tags as a sorted list."""
    facts: dict[str, Any] = {name: getattr(listing, name) for name in PUBLIC_FIELDS if name != "tags"}
    facts |= {"model": listing.model.slug, "category": listing.category.slug}
    return facts | {"tags": sorted(tag.slug for tag in listing.tags.all())}


def as_facts(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the cleaned inputs that are public text, in the same form."""
    facts = {name: cleaned[name] for name in PUBLIC_FIELDS if name in cleaned}
    return facts | {name: facts[name].slug for name in ("model", "category") if name in facts}


def public_changes(listing: Listing, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the public fields whose value is a new one: a form sends them all each time."""
    current, wanted = public_facts(listing), as_facts(cleaned)
    return {name: cleaned[name] for name, value in wanted.items() if value != current[name]}


def public_set(listing: Listing, fields: Mapping[str, Any]) -> None:
    """Set cleaned fields on `listing`, tags left out; saving is the caller's."""
    for name in PUBLIC_FIELDS:
        if name in fields and name != "tags":
            setattr(listing, name, fields[name])
    if "description" in fields:
        listing.description_html = markdown_html(listing.description)


def tag_rows(slugs: list[str]) -> list[Tag]:
    Tag.objects.bulk_create([Tag(slug=slug) for slug in slugs], ignore_conflicts=True)
    return list(Tag.objects.filter(slug__in=slugs))


def listing_as_proposed(listing: Listing, facts: Mapping[str, Any]) -> Listing:
    """A copy of `listing` with other public text, to show and to judge; it is never saved.

    Raises InvalidInput for what could no longer be stored, a model that is gone, say.
    """
    proposed = copy.copy(listing)
    cleaned = inputs_clean(facts)
    public_set(proposed, cleaned)
    tags = [Tag(slug=slug) for slug in cleaned["tags"]] if "tags" in cleaned else list(listing.tags.all())
    proposed._prefetched_objects_cache = {"tags": tags}  # type: ignore[attr-defined]
    return proposed
