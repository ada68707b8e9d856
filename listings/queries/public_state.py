"""A stamp of all that anyone may see: what was made while it stood is true as long as it stands."""

from django.db import connections

from common.replica import reading_alias


def public_stamp() -> tuple[str, int]:
    """Where the catalogue is read from just now, and the public state there: one small statement.

    Ask before reading what is to be kept. Then it may be newer than its stamp, never older.
    """
    alias = reading_alias()
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT coalesce(bit_xor(token), 0) FROM listings_publicchange")
        return alias, cursor.fetchone()[0]
