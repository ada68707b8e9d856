"""Sending prompt files to a shop, a batch at a time: what was there already stays as it is."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from marketplace.cli.api import Api, Problem
from marketplace.cli.files import Entry, entries_of
from marketplace.cli.words import gettext as _
from marketplace.cli.words import ngettext

BATCH_ROWS = 50
BATCH_BYTES = 1_000_000


def publish(api: Api, path: Path, *, submit: bool) -> int:
    """Bring in what `path` holds; 1 if a row was refused. May be broken off and begun again at any time."""
    entries = entries_of(path)
    results: list[dict[str, Any]] = []
    for batch in _batches(entries):
        answer = api.post("seller/listings/bulk/", {"listings": [entry.row for entry in batch]})
        results += answer["results"]
        _progress(len(results), len(entries))
    _report(entries, results)
    refused = sum(result["outcome"] == "refused" for result in results)
    if submit:
        refused += _submit(api, [entry for entry in zip(entries, results, strict=True)])
    return 1 if refused else 0


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(json.dumps(entry.row))
        if batch and (len(batch) == BATCH_ROWS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch


def _progress(done: int, total: int) -> None:
    end = "\r" if sys.stderr.isatty() and done < total else "\n"
    sys.stderr.write(f"{done}/{total}{end}")
    sys.stderr.flush()


def _report(entries: Sequence[Entry], results: Sequence[dict[str, Any]]) -> None:
    counts = Counter(result["outcome"] for result in results)
    told = [
        (_("new drafts"), counts["created"]),
        (_("changed"), counts["updated"]),
        (_("unchanged"), counts["unchanged"]),
        (_("left out: here already"), counts["duplicate"]),
        (_("refused"), counts["refused"]),
    ]
    for word, count in told:
        print(f"{count:6} {word}")
    for entry, result in zip(entries, results, strict=True):
        if result["outcome"] in {"duplicate", "refused"}:
            print(f"{entry.place}  {entry.title}: {result['detail']}")


def _submit(api: Api, taken: Sequence[tuple[Entry, dict[str, Any]]]) -> int:
    """Submit what is new or changed; how many are not ready yet."""
    slugs = [
        (entry, result["listing"]) for entry, result in taken if result["outcome"] in {"created", "updated"}
    ]
    sent = unready = 0
    for entry, slug in slugs:
        try:
            api.post(f"listings/{slug}/submission/")
            sent += 1
        except Problem as problem:
            unready += 1
            print(f"{entry.place}  {entry.title}: {problem}")
    print(ngettext("%(count)d prompt submitted.", "%(count)d prompts submitted.", sent) % {"count": sent})
    return unready
