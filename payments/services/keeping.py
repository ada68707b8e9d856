"""Facts of a row kept at Stripe in the metadata of what was made for it, for when our row is lost.

Stripe takes 50 texts of 500 characters. So short entries are packed into as few texts as they need.
"""

from collections.abc import Iterable, Mapping

LONGEST_VALUE = 500


def entries_keep(name: str, entries: Iterable[str]) -> dict[str, str]:
    """Entries without commas as texts `name_1`, `name_2`, …"""
    texts: list[str] = []
    for entry in entries:
        if texts and len(texts[-1]) + 1 + len(entry) <= LONGEST_VALUE:
            texts[-1] += f",{entry}"
        else:
            texts.append(entry)
    return {f"{name}_{number}": text for number, text in enumerate(texts, start=1)}


def entries_kept(name: str, metadata: Mapping[str, str]) -> list[str]:
    """The entries again, in their order; none if none were kept."""
    entries: list[str] = []
    number = 1
    while text := metadata.get(f"{name}_{number}"):
        entries += text.split(",")
        number += 1
    return entries
