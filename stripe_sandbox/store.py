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

from . import schema
from .jsontypes import Json

_PRAGMAS = ("journal_mode = WAL", "synchronous = OFF", "cache_size = -32000", "wal_autocheckpoint = 8000")
"""Safe against the end of the process, which tests bring about; not against that of the machine."""


class Store:
    """Objects by id and by kind; all access goes through `transaction`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        schema.prepare(self._connection)

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

    def place(self, kind: str, object_id: str) -> tuple[int, int] | None:
        """Return where an object stands in lists of its kind: its time and its number."""
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT created, seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind)
            ).fetchone()
        return (row["created"], row["seq"]) if row else None

    def owner(self, object_id: str) -> str | None:
        """Return the connected account that an object belongs to; None for the platform's."""
        with self.transaction() as connection:
            row = connection.execute("SELECT account FROM objects WHERE id = ?", (object_id,)).fetchone()
        return row["account"] if row else None

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
        """Return the platform's objects of a kind, oldest first, whose fields equal those of `where`."""
        sql = "SELECT body FROM objects WHERE kind = ? AND account IS NULL"
        values: list[Any] = [kind]
        for field, value in (where or {}).items():
            sql += f" AND {schema.column(field)} = ?"
            values.append(value)
        return self._bodies(f"{sql} ORDER BY created, seq", *values)

    def sessions_ending(self, moment: int) -> list[Json]:
        """Return the open checkout sessions whose time is over at a moment."""
        return self._bodies(
            "SELECT body FROM objects INDEXED BY sessions_by_end WHERE kind = 'checkout.session' "
            "AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
            moment,
        )

    def debits_ending(self, moment: int) -> list[Json]:
        """Return the payment intents whose bank debit is decided by a moment."""
        return self._bodies(
            "SELECT body FROM objects INDEXED BY debits_by_end WHERE kind = 'payment_intent' "
            "AND json_extract(body, '$.status') = 'processing' "
            "AND json_extract(private, '$.settles_at') <= ?",
            moment,
        )

    def _bodies(self, sql: str, *values: object) -> list[Json]:
        with self.transaction() as connection:
            rows = connection.execute(sql, values).fetchall()
        return [json.loads(row["body"]) for row in rows]

    def forget(self, *, but: str) -> None:
        """Remove all objects but those of one kind; much quicker than one by one."""
        with self.transaction() as connection:
            kept = connection.execute(
                "SELECT id, kind, account, created, body, private FROM objects WHERE kind = ? ORDER BY seq",
                (but,),
            ).fetchall()
            for table in ("objects", "idempotency", "deliveries", "balances"):
                connection.execute(f"DELETE FROM {table}")
            connection.executemany(
                "INSERT INTO objects (id, kind, account, created, body, private) VALUES (?, ?, ?, ?, ?, ?)",
                [tuple(row) for row in kept],
            )

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
