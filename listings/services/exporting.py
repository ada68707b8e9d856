"""A seller's own prompts as a file that `listings.services.importing` reads back to the letter."""

import json
from collections.abc import Iterator
from typing import Any

from accounts.models import SellerProfile
from common.spreadsheets import csv_lines
from listings.models import Listing, Modality, PromptVersion
from listings.services.import_fields import DEVELOPERS_TAG
from listings.services.sources import own_sources

COLUMNS = (
    *("act", "prompt", "for_devs", "type", "contributor"),
    *("price", "model", "category", "tags", "description"),
    *("summary", "instructions", "license", "language", "variables", "examples"),
)
_TYPES = {Modality.IMAGE: "IMAGE", Modality.VIDEO: "VIDEO"}


def prompts_export(*, seller: SellerProfile) -> Iterator[dict[str, Any]]:
    """The newest version of each listing that was not removed, oldest first, as a dict of COLUMNS."""
    for version in own_sources(seller=seller):
        yield _fields(version.listing, version)


def prompts_csv(*, seller: SellerProfile) -> Iterator[str]:
    """Lines of CSV; lists stand as JSON in their cells."""
    rows = prompts_export(seller=seller)
    return csv_lines(COLUMNS, ([_cell(name, row[name]) for name in COLUMNS] for row in rows))


def prompts_json_lines(*, seller: SellerProfile) -> Iterator[str]:
    for row in prompts_export(seller=seller):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _fields(listing: Listing, version: PromptVersion) -> dict[str, Any]:
    tags = sorted(tag.slug for tag in listing.tags.all())
    return {
        "act": listing.title,
        "prompt": version.text,
        "for_devs": DEVELOPERS_TAG in tags,
        "type": _TYPES.get(Modality(listing.model.modality), "TEXT"),
        "contributor": listing.seller.handle,
        "price": f"{listing.price_amount // 100}.{listing.price_amount % 100:02}",
        "model": listing.model.slug,
        "category": listing.category.slug,
        "tags": tags,
        "description": listing.description,
        "summary": listing.summary,
        "instructions": version.instructions,
        "license": listing.license,
        "language": listing.language,
        "variables": version.variables,
        "examples": [
            {"values": row.values, "output_text": row.output_text} for row in version.examples.all()
        ],
    }


def _cell(name: str, value: Any) -> str:
    if name == "tags":
        return ", ".join(value)
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
