"""Search rows of the whole catalogue at once, as after an import or a migration that made the table anew."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from listings.models import Listing, ListingSearch, ListingStatus
from listings.search.rows import search_rows_refresh
from listings.search.tiers import tiers_adjust
from listings.search.vocabulary import vocabulary_count

# So many listings are locked at a time: sellers and sales wait for these only, for a fraction of a second.
LOCKED = 100
# Many changes share their words: counting them together saves most of the writing.
COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class FillProgress:
    """What has been done so far. `done` of `total` in each of the steps `rows`, `words` and `tiers`."""

    step: str
    done: int
    total: int


def search_fill(*, everything: bool = False) -> Iterator[FillProgress]:
    """Write the search rows that are missing, or every one with `everything`, and delete those left behind.

    Then the vocabulary is counted and the tiers are set. Yields after each batch. Each batch is a
    transaction of its own under its listings' locks, so it may be stopped at any time and run beside a site
    that sells: what is written is not missing when it is started again.
    """
    yield from _rows_fill(everything)
    yield from _stale_delete()
    yield from _steps("words", COUNTED)
    yield from _steps("tiers", 0)


def _rows_fill(everything: bool) -> Iterator[FillProgress]:
    wanted = Listing.objects.filter(status=ListingStatus.PUBLISHED)
    if not everything:
        wanted = wanted.filter(search=None)
    total, done, last = wanted.count(), 0, 0
    yield FillProgress("rows", 0, total)
    while ids := list(wanted.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:LOCKED]):
        with transaction.atomic():
            listings = Listing.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
            search_rows_refresh([listing.pk for listing in listings.only("pk")])
        last, done = ids[-1], done + len(ids)
        yield FillProgress("rows", done, total)


def _stale_delete() -> Iterator[FillProgress]:
    stale = ListingSearch.objects.exclude(listing__status=ListingStatus.PUBLISHED)
    while ids := list(stale.values_list("pk", flat=True)[:LOCKED]):
        with transaction.atomic():
            listings = Listing.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
            search_rows_refresh([listing.pk for listing in listings.only("pk")])
        yield FillProgress("rows", len(ids), len(ids))


def _steps(step: str, batch: int) -> Iterator[FillProgress]:
    done = 0
    while moved := vocabulary_count(batch) if batch else tiers_adjust():
        done += moved
        yield FillProgress(step, done, 0)
