"""Which rows are among the best, in batches: most questions are answered from the small index of these."""

from django.db import connection, transaction

from listings.search.planning import BEST_ROWS

BATCH = 1_000
# A row leaves the best only when it is clearly below them, so that none goes to and fro.
MARGIN = 0.05
_LOCK = 7_201_116
_LEAST = "SELECT quality FROM listings_listingsearch ORDER BY quality DESC, listing_id DESC LIMIT 1 OFFSET %s"
_PROMOTE = """
    UPDATE listings_listingsearch SET tier = 0 WHERE listing_id IN (
        SELECT listing_id FROM (
            SELECT listing_id, tier FROM listings_listingsearch WHERE quality >= %s::real OFFSET 0
        ) AS best WHERE tier <> 0 LIMIT %s)"""
_DEMOTE = """
    UPDATE listings_listingsearch SET tier = 1 WHERE listing_id IN (
        SELECT listing_id FROM listings_listingsearch
        WHERE tier = 0 AND quality < %s::real ORDER BY quality LIMIT %s)"""


def tiers_adjust(*, rows: int = BEST_ROWS, batch: int = BATCH) -> int:
    """Move one batch each way between the best `rows` and the others. Returns how many rows moved.

    0 means that all is in place, or that another process is at it. Locks the rows it moves.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_LEAST, [rows - 1])
        found = cursor.fetchone()
        least = found[0] if found else float("-inf")
        moved = 0
        for statement, bound in ((_PROMOTE, least), (_DEMOTE, least - MARGIN)):
            cursor.execute(statement, [bound, batch])
            moved += cursor.rowcount
        return moved
