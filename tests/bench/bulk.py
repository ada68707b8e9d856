"""Many rows at once, inside the database: copies of example rows, indexes made afterwards. As the owner."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from django.db import models


def next_id(connection: psycopg.Connection, model: type[models.Model]) -> int:
    """A number above all ids of the table, so that copies may count on from it."""
    return _value(connection, f"SELECT coalesce(max(id), 0) + 1 FROM {model._meta.db_table}")


def rows_copy(
    connection: psycopg.Connection,
    model: type[models.Model],
    *,
    source: str,
    example: str,
    columns: Mapping[str, str],
) -> None:
    """Insert a copy of each row of `example` for each row of `source`; `columns` says in SQL what differs."""
    fields = [field.column for field in model._meta.concrete_fields if not field.generated]
    names = ", ".join(f'"{name}"' for name in fields)
    values = ", ".join(columns.get(name, f'example."{name}"') for name in fields)
    connection.execute(
        f"INSERT INTO {model._meta.db_table} ({names}) "
        f"SELECT {values} FROM {source} CROSS JOIN {example} example"
    )


def sequences_set(connection: psycopg.Connection, tables: Iterable[type[models.Model]]) -> None:
    """Let the next inserted row follow the copies."""
    for model in tables:
        table = model._meta.db_table
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )


@contextmanager
def indexes_later(connection: psycopg.Connection, tables: Sequence[str]) -> Iterator[None]:
    """Take indexes, keys and foreign keys away, then make them again: faster, and all copies are checked."""
    names = [list(tables)]
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('p', 'u', 'f') "
        "AND (conrelid = ANY (%s::text[]::regclass[]) OR confrelid = ANY (%s::text[]::regclass[])) "
        "ORDER BY contype = 'f', contype",
        names * 2,
    ).fetchall()
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY (%s::text[]::regclass[]) "
        "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')",
        names,
    ).fetchall()
    for table, name, _ in reversed(constraints):
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    keys = [each for each in constraints if not each[2].startswith("FOREIGN KEY")]
    for table, name, definition in keys:
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _, definition in indexes:
        connection.execute(definition)
    for table, name, definition in constraints[len(keys) :]:
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


@contextmanager
def triggers_off(connection: psycopg.Connection, tables: Sequence[str]) -> Iterator[None]:
    """Without our own triggers, such as the one that sums each journal as its entries come."""
    for table in tables:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def indexes_warm(connection: psycopg.Connection, tables: Sequence[str]) -> None:
    """Read every index once, so that its pages are in memory as they are on a site that sells all day."""
    first_columns = connection.execute(
        "SELECT DISTINCT indrelid::regclass::text, attname FROM pg_index "
        "JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] "
        "WHERE indrelid = ANY (%s::text[]::regclass[]) AND indpred IS NULL",
        [list(tables)],
    ).fetchall()
    connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    for table, column in first_columns:
        connection.execute(f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL")


def _value(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
