"""Which rows are among the best, in batches: most questions are answered from the small indexes of these."""

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from listings.models.search import BEST_TIER, OTHER_TIER, TOP_TIER
from listings.search.planning import BEST_ROWS, TOP_ROWS

BATCH = 1_000
# A row leaves the best only when it is clearly below them, so that none goes to and fro.
MARGIN = 0.05
_LOCK = 7_201_116
_LEAST = "SELECT quality FROM listings_listingsearch ORDER BY quality DESC, listing_id DESC LIMIT 1 OFFSET %s"
_PROMOTE = """
    UPDATE listings_listingsearch SET tier = %s WHERE listing_id IN (
        SELECT listing_id FROM (
            SELECT listing_id, tier FROM listings_listingsearch WHERE quality >= %s::real OFFSET 0
        ) AS best WHERE tier > %s LIMIT %s)"""
_DEMOTE = """
    UPDATE listings_listingsearch SET tier = %s WHERE listing_id IN (
        SELECT listing_id FROM listings_listingsearch
        WHERE tier <= 0 AND tier <= %s AND quality < %s::real ORDER BY quality LIMIT %s)"""


def tiers_adjust(*, rows: int = BEST_ROWS, top_rows: int = TOP_ROWS, batch: int = BATCH) -> int:
    """Move a batch each way between the `top_rows`, the best `rows` and the others. Returns how many moved.

    0 means that all is in place, or that another process is at it. Locks the rows it moves.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        best = _moved(cursor, rows, (BEST_TIER, OTHER_TIER), batch)
        return best + _moved(cursor, top_rows, (TOP_TIER, BEST_TIER), batch)


def _moved(cursor: CursorWrapper, rows: int, tiers: tuple[int, int], batch: int) -> int:
    """Have the best `rows` in the better of two tiers, or above it, and those clearly below in another."""
    better, worse = tiers
    cursor.execute(_LEAST, [rows - 1])
    found = cursor.fetchone()
    least = found[0] if found else float("-inf")
    cursor.execute(_PROMOTE, [better, least, better, batch])
    moved = int(cursor.rowcount)
    cursor.execute(_DEMOTE, [worse, better, least - MARGIN, batch])
    return moved + int(cursor.rowcount)
