"""Every object the sandbox knows, as JSON documents in one SQLite file.

One connection behind one re-entrant lock: a transaction here is the whole sandbox standing still, which is
what makes "a session is paid only once" true for twenty parallel clicks without further thought.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .jsontypes import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_by_time ON objects (kind, created, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (kind, json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS objects_by_group ON objects (kind, json_extract(body, '$.transfer_group'));
CREATE INDEX IF NOT EXISTS objects_by_status ON objects (kind, json_extract(body, '$.status'));
CREATE INDEX IF NOT EXISTS objects_by_event_type ON objects (kind, json_extract(body, '$.type'));
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
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
"""


class Store:
    """Objects by id and by kind; all access goes through `transaction`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the sandbox's only lock; commit at the outermost end, roll back on an exception."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                self._depth -= 1
                if outermost:
                    self._connection.execute("ROLLBACK")
                    self._after_commit.clear()
                raise
            self._depth -= 1
            if not outermost:
                return
            self._connection.execute("COMMIT")
            callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once the outermost transaction is committed, outside the lock."""
        with self._lock:
            self._after_commit.append(callback)

    def add(self, obj: Json, *, account: str | None = None, private: Json | None = None) -> Json:
        """Insert an object; its `object` field is its kind. Returns it for chaining."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO objects (id, kind, account, created, body, private) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    obj["id"],
                    obj["object"],
                    account,
                    obj["created"],
                    json.dumps(obj),
                    json.dumps(private or {}),
                ),
            )
        return obj

    def save(self, obj: Json) -> Json:
        """Write an object back."""
        with self.transaction() as connection:
            connection.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(obj), obj["id"]))
        return obj

    def delete(self, object_id: str) -> None:
        """Remove an object for good."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def get(self, kind: str, object_id: str) -> Json | None:
        """Return the object, or None; the kind must match."""
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT body FROM objects WHERE id = ? AND kind = ?", (object_id, kind)
            ).fetchone()
        return json.loads(row["body"]) if row else None

    def any_kind(self, object_id: str) -> Json | None:
        """Return an object by its id alone."""
        with self.transaction() as connection:
            row = connection.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row["body"]) if row else None

    def private(self, object_id: str) -> Json:
        """Return what the sandbox knows of an object and never shows through the API."""
        with self.transaction() as connection:
            row = connection.execute("SELECT private FROM objects WHERE id = ?", (object_id,)).fetchone()
        found: Json = json.loads(row["private"]) if row else {}
        return found

    def set_private(self, object_id: str, **values: Any) -> None:
        """Merge values into the private part of an object."""
        with self.transaction() as connection:
            merged = self.private(object_id) | values
            connection.execute("UPDATE objects SET private = ? WHERE id = ?", (json.dumps(merged), object_id))

    def find(self, kind: str, where: Mapping[str, object] | None = None) -> list[Json]:
        """Return all objects of a kind, oldest first, whose top-level fields equal those of `where`."""
        sql = "SELECT body FROM objects WHERE kind = ?"
        values: list[Any] = [kind]
        for field, value in (where or {}).items():
            sql += f" AND json_extract(body, '$.{field}') IS ?"
            values.append(value)
        with self.transaction() as connection:
            rows = connection.execute(sql + " ORDER BY created, seq", values).fetchall()
        return [json.loads(row["body"]) for row in rows]

    def setting(self, name: str, default: Any) -> Any:
        """Return a stored setting of the sandbox itself."""
        with self.transaction() as connection:
            row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row["value"]) if row else default

    def set_setting(self, name: str, value: Any) -> None:
        """Store a setting of the sandbox itself."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
