"""Every object the sandbox knows, as JSON documents in one SQLite file.

One connection behind one re-entrant lock: a transaction here is the whole sandbox standing still, which is
what makes "a session is paid only once" true for twenty parallel clicks without further thought.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import schema
from .jsontypes import Json


class Transaction:
    """`with` for a store. A generator would do the same and cost more than many of the queries inside."""

    __slots__ = ("_store",)

    def __init__(self, store: "Store") -> None:
        self._store = store

    def __enter__(self) -> sqlite3.Connection:
        return self._store.begin()

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._store.end(failed=error is not None)


_PRAGMAS = ("journal_mode = WAL", "synchronous = OFF", "cache_size = -32000", "wal_autocheckpoint = 8000")
"""Safe against the end of the process, which tests bring about; not against that of the machine."""


_LARGE_PAGES = 4000


class Store:
    """Objects by id and by kind; all access goes through `transaction`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._transaction = Transaction(self)
        self._after_commit: list[Callable[[], None]] = []
        self._path = path
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        schema.prepare(connection)
        return connection

    def transaction(self) -> "Transaction":
        """Hold the sandbox's only lock; commit at the outermost end, roll back on an exception."""
        return self._transaction

    def begin(self) -> sqlite3.Connection:
        """Take the lock, and begin unless a transaction of this thread has."""
        self._lock.acquire()
        if self._depth == 0:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except BaseException:
                self._lock.release()
                raise
        self._depth += 1
        return self._connection

    def end(self, *, failed: bool) -> None:
        """Give up the lock; at the outermost end of it commit, or roll back, and call who waits for that."""
        self._depth -= 1
        callbacks: list[Callable[[], None]] = []
        try:
            if self._depth == 0:
                waiting, self._after_commit = self._after_commit, []
                self._connection.execute("ROLLBACK" if failed else "COMMIT")
                callbacks = [] if failed else waiting
        finally:
            self._lock.release()
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

    def enabled_endpoints(self) -> list[tuple[Json, Json]]:
        """Return the webhook endpoints that are not disabled, each with its private part."""
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT body, private FROM objects WHERE kind = 'webhook_endpoint' AND account IS NULL "
                "AND json_extract(body, '$.status') = 'enabled' ORDER BY created, seq"
            ).fetchall()
        return [(json.loads(row["body"]), json.loads(row["private"])) for row in rows]

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
        """Remove all objects but those of one kind, and what belongs to them. Not inside a transaction."""
        with self._lock:
            kept = self._connection.execute(
                "SELECT id, kind, account, created, body, private FROM objects WHERE kind = ? ORDER BY seq",
                (but,),
            ).fetchall()
            if self._connection.execute("PRAGMA page_count").fetchone()[0] > _LARGE_PAGES:
                self._start_anew()
            with self.transaction() as connection:
                for table in ("objects", "idempotency", "deliveries", "balances"):
                    connection.execute(f"DELETE FROM {table}")
                connection.executemany(
                    "INSERT INTO objects (id, kind, account, created, body, private) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [tuple(row) for row in kept],
                )

    def _start_anew(self) -> None:
        """Begin with an empty file, quicker than to empty a large one; no number is used again."""
        settings = self._connection.execute("SELECT * FROM settings").fetchall()
        numbers = self._connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
        self._connection.close()
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        self._connection = self._open()
        with self.transaction() as connection:
            connection.executemany("INSERT INTO settings VALUES (?, ?)", [tuple(row) for row in settings])
            connection.executemany(
                "INSERT INTO sqlite_sequence VALUES (?, ?)", [tuple(row) for row in numbers]
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
