"""Finding what was touched lately in tables that only grow."""

from django.contrib.postgres.indexes import BrinIndex


def touched_index(*columns: str, name: str) -> BrinIndex:
    """An index of some kilobytes over times that grow with the table, which costs next to nothing to keep.

    Checks of the books ask for the last days of such tables (payments/services/invariants).
    """
    return BrinIndex(fields=columns, name=name, pages_per_range=32, autosummarize=True)
