"""The tests' database: copied from a migrated template, used as the application, emptied as the owner.

Tests run as the application's role, which may not TRUNCATE, nor change the ledger's rows. Whatever needs more
(making the database, emptying it between tests) goes over a connection of the owner's role.

Rows that migrations insert (content types, permissions, vocabulary) are kept in a schema `baseline` and put
back when a test has written with real commits, so every test begins with the same rows.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.support.environment import CHECKOUT, Slot

TEMPLATE_PREFIX = "promptfair_migrated_"
LOCK_SECONDS = 20

BASELINE_SQL = CHECKOUT / "tests" / "support" / "baseline.sql"


def make_test_database(slot: Slot) -> None:
    """Copy the migrated template to the slot's database, making the template first if it is out of date.

    tests.mutants takes protections out of the copy with MUTANT_SQL.
    """
    with _template_lock(), owner_connection(maintenance_database()) as connection:
        template = _ensure_template(connection)
        drop_test_database(slot)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(slot.database_name), sql.Identifier(template)
            )
        )
    if statement := os.environ.get("MUTANT_SQL"):
        with owner_connection(slot.database_name) as owner:
            owner.execute(statement.encode())


def drop_test_database(slot: Slot) -> None:
    with owner_connection(maintenance_database()) as connection:
        drop_database(connection, slot.database_name)


def backup_test_database(slot: Slot) -> None:
    """Keep the slot's database as it is now, in a copy beside it."""
    _take_over(slot, "DROP DATABASE IF EXISTS {copy}", "CREATE DATABASE {copy} TEMPLATE {name}")


def restore_test_database(slot: Slot) -> None:
    """Put the copy in the place of the database, as restoring a backup does."""
    _take_over(slot, "DROP DATABASE {name}", "ALTER DATABASE {copy} RENAME TO {name}")


def _take_over(slot: Slot, *statements: str) -> None:
    """Run statements that want nobody else in the slot's database; its sessions come back by themselves."""
    names = {
        "name": sql.Identifier(slot.database_name),
        "copy": sql.Identifier(f"{slot.database_name}_backup"),
    }
    _reset_connection(slot.database_name).close()
    _reset_connection.cache_clear()
    with _template_lock(), owner_connection(maintenance_database()) as connection:
        for statement in statements:
            _end_sessions(slot.database_name)
            connection.execute(sql.SQL(statement).format(**names))


def reset_test_database(slot: Slot) -> None:
    """Every table as migrations left it."""
    connection = _reset_connection(slot.database_name)
    try:
        connection.execute("SELECT baseline.reset()")
    except psycopg.errors.LockNotAvailable as error:
        holders = connection.execute(
            "SELECT pid, application_name, state, query FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        ).fetchall()
        raise AssertionError(
            f"The database cannot be emptied: transactions stay open after the test: {holders}"
        ) from error


@contextmanager
def owner_connection(database: str) -> Iterator[psycopg.Connection]:
    """A connection of the schema's owner that commits each statement."""
    url = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(url, dbname=database, autocommit=True) as connection:
        yield connection


def with_database(url: str, database: str) -> str:
    """The same server and role, another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def maintenance_database() -> str:
    """The database to connect to while others are made and dropped."""
    return urlsplit(os.environ["DATABASE_OWNER_URL"]).path.lstrip("/")


@cache
def _reset_connection(database: str) -> psycopg.Connection:
    return psycopg.connect(
        os.environ["DATABASE_OWNER_URL"],
        dbname=database,
        autocommit=True,
        options=f"-c lock_timeout={LOCK_SECONDS}s -c synchronous_commit=off",
    )


def _ensure_template(connection: psycopg.Connection) -> str:
    name = f"{TEMPLATE_PREFIX}{_migrations_hash()}"
    names = [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
    if name in names:
        return name
    making = f"{TEMPLATE_PREFIX}making"
    for old in (each for each in names if each.startswith(TEMPLATE_PREFIX)):
        drop_database(connection, old)
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
    migrate(making)
    with owner_connection(making) as made:
        made.execute(BASELINE_SQL.read_bytes())
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
    )
    return name


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """End who is connected, then drop it. Not WITH (FORCE), which refuses if one is there whom the owner
    may not end: the application's role ends its own sessions, and a plain DROP ends autovacuum workers.
    """
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        _end_sessions(name)
        try:
            connection.execute(drop)
            return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise


def _end_sessions(database: str) -> None:
    for url in (os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]):
        with psycopg.connect(url, dbname=maintenance_database(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND usename = current_user",
                [database],
            )


def migrate(database: str) -> None:
    """In a process of its own, as in production: `manage.py migrate` with the owner's role."""
    url = with_database(os.environ["DATABASE_OWNER_URL"], database)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The test database cannot be migrated:\n{done.stdout}\n{done.stderr}")


def _migrations_hash() -> str:
    """Changes with every migration and every installed version."""
    files = sorted(CHECKOUT.glob("*/migrations/**/*.py"))
    files += [CHECKOUT / "requirements" / "dev.txt", BASELINE_SQL]
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(CHECKOUT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _template_lock() -> Iterator[None]:
    with (CHECKOUT / ".local" / "run" / "test-template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
