"""Keeping the public state's stamp cheap to read: see listings.models.PublicChange."""

from django.db import connection

# Fewer rows than this are read as quickly as one.
FEW = 50
BATCH = 10_000
_FOLD = """
    WITH gone AS (
        DELETE FROM listings_publicchange WHERE id IN (
            SELECT id FROM listings_publicchange ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING token
    )
    INSERT INTO listings_publicchange (token) SELECT bit_xor(token) FROM gone HAVING count(*) > 0"""


def public_changes_fold(*, few: int = FEW) -> int:
    """Replace many changes by one with the same effect on the stamp. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM listings_publicchange")
        count = int(cursor.fetchone()[0])
        if count > few:
            cursor.execute(_FOLD, [BATCH])
    return count
