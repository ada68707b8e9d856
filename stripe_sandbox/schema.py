"""The tables of the sandbox's SQLite file, and how an older file is brought up to them.

Every list and every look-up has an index that also gives the order of the answer, so that the hundred
thousandth payment costs what the first one did. `tests/stripe_sandbox/test_store.py` asks SQLite for its
plans.
"""

import sqlite3

VERSION = 2

FIELDS = (
    "charge",
    "destination",
    "payment_intent",
    "source",
    "source_transaction",
    "status",
    "transfer",
    "transfer_group",
    "type",
)
"""The fields of objects that lists filter by."""


def column(field: str) -> str:
    """Return the SQL of one of `FIELDS`."""
    if field not in FIELDS:
        raise ValueError(f"no index covers {field}")
    return f"json_extract(body, '$.{field}')"


_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT NOT NULL, account TEXT NOT NULL, fingerprint TEXT NOT NULL, created INTEGER NOT NULL,
    status INTEGER, response TEXT, PRIMARY KEY (key, account)
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, last_status INTEGER
);
CREATE TABLE IF NOT EXISTS balances (  -- sums of movements; all that is available already stands at 0
    account TEXT NOT NULL, currency TEXT NOT NULL, available_on INTEGER NOT NULL, net INTEGER NOT NULL,
    PRIMARY KEY (account, currency, available_on)
) WITHOUT ROWID;
"""

_INDEXES = """
CREATE INDEX IF NOT EXISTS objects_in_order ON objects (kind, account, created, seq);
CREATE INDEX IF NOT EXISTS sessions_by_end ON objects (json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE INDEX IF NOT EXISTS debits_by_end ON objects (json_extract(private, '$.settles_at'))
    WHERE kind = 'payment_intent' AND json_extract(body, '$.status') = 'processing';
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_undelivered ON deliveries (event) WHERE state != 'delivered';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event, state);
CREATE INDEX IF NOT EXISTS deliveries_by_endpoint ON deliveries (endpoint);
""" + "\n".join(
    f"CREATE INDEX IF NOT EXISTS objects_by_{field} "
    f"ON objects (kind, account, {column(field)}, created, seq) WHERE {column(field)} IS NOT NULL;"
    for field in FIELDS
)

_FROM_VERSION_1 = """
DROP INDEX IF EXISTS objects_by_time;
DROP INDEX IF EXISTS objects_by_intent;
DROP INDEX IF EXISTS objects_by_charge;
DROP INDEX IF EXISTS objects_by_group;
DROP INDEX IF EXISTS objects_by_status;
DROP INDEX IF EXISTS objects_by_event_type;
DROP INDEX IF EXISTS deliveries_due;
DROP INDEX IF EXISTS deliveries_by_event;
UPDATE objects SET account = json_extract(body, '$.account') WHERE kind = 'event';
"""

_RECOUNT = """
DELETE FROM balances;
INSERT INTO balances
    SELECT coalesce(account, ''), json_extract(body, '$.currency'), json_extract(body, '$.available_on'),
        sum(json_extract(body, '$.net'))
    FROM objects WHERE kind = 'balance_transaction' GROUP BY 1, 2, 3;
"""


def recount(connection: sqlite3.Connection) -> None:
    """Add up the balances from the movements; looks at each of them."""
    for statement in _RECOUNT.split(";"):
        connection.execute(statement)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an earlier version up to date."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.executescript(_TABLES)
    if version < VERSION:
        connection.executescript(_FROM_VERSION_1)
        recount(connection)
    connection.executescript(_INDEXES)
    connection.execute(f"PRAGMA user_version = {VERSION}")
