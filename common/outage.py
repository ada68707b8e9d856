"""Telling a database that is away from a statement that failed."""

from django.db import InterfaceError, OperationalError

# Classes of SQLSTATE: connection exceptions, a server that shuts down or starts; and one that is full.
_AWAY = ("08", "57P", "53300")


def is_database_away(error: BaseException | None) -> bool:
    """Whether an error came of this: the database cannot be reached, or has ended the connection.

    Deadlocks, timeouts of statements and the like are OperationalErrors too, and are faults of ours.
    """
    while error is not None:
        if isinstance(error, (OperationalError, InterfaceError)):
            # The driver has no SQLSTATE for what the server never answered.
            state = getattr(error.__cause__, "sqlstate", None)
            return state is None or state.startswith(_AWAY)
        error = error.__cause__ or error.__context__
    return False
