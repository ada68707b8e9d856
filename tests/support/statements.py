"""The statements that steps of ours send to PostgreSQL: how many, and how it would run them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

CLOCK = "common_clockoffset"
PLANNED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


class Statements:
    """Watches steps by name; plans are asked for afterwards."""

    def __init__(self) -> None:
        self.by_step: dict[str, list[str]] = {}

    @contextmanager
    def watch(self, step: str) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        sent = [query["sql"] for query in captured.captured_queries]
        # Tests can move the clock, so it asks for its offset once a second; in production it asks nobody.
        self.by_step[step] = [statement for statement in sent if CLOCK not in statement]

    @property
    def counts(self) -> dict[str, int]:
        """BEGIN and COMMIT are counted too: each is a question and an answer on the wire."""
        return {step: len(statements) for step, statements in self.by_step.items()}

    def sequential_scans(self, tables: set[str] | None = None) -> list[str]:
        """`step: table` for each of these tables (all, if None) that a step would read from end to end."""
        found = {
            (step, table)
            for step, statements in self.by_step.items()
            for statement in statements
            for table in _scanned(statement)
            if tables is None or table in tables
        }
        return [f"{step}: {table}" for step, table in sorted(found)]


def large_tables(rows: int) -> set[str]:
    """Tables of at least so many rows, as PostgreSQL estimates them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [rows])
        return {name for (name,) in cursor.fetchall()}


def _scanned(statement: str) -> set[str]:
    if not PLANNED.match(statement):
        return set()
    return {node["Relation Name"] for node in _plan(statement) if node["Node Type"] == "Seq Scan"}


def _plan(statement: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        answer = cursor.fetchone()[0]
    yield from _with_children((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])


def _with_children(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _with_children(child)
