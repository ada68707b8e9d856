"""A checkout of its own for these tests: they kill servers, and nobody else's may be among them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from common.embedded.locks import try_hold_exclusive, wait_for_exclusive
from common.embedded.paths import Places, places
from common.embedded.processes import is_alive, wait_until
from tests.support.environment import CHECKOUT

USE = """
import json, sys
from common.embedded import ensure_services, release_services
services = ensure_services()
print(json.dumps(services.__dict__), flush=True)
if sys.stdin.readline().strip() == "release":
    print(release_services(), flush=True)
"""


class User:
    """A process that uses the servers until told otherwise."""

    def __init__(self, checkout: Path) -> None:
        taken = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE],
            cwd=checkout,
            env={name: value for name, value in os.environ.items() if name not in taken},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> dict[str, str]:
        """The addresses it was given."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        parsed: dict[str, str] = json.loads(line)
        return parsed

    def release(self) -> bool:
        answer, _ = self.process.communicate("release\n", timeout=30)
        return answer.strip() == "True"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Checkout:
    """A copy of the package elsewhere, so with servers of its own."""

    where: Places

    def use(self) -> User:
        return User(self.where.checkout)

    @property
    def keeper(self) -> int:
        return int(json.loads(self.where.keeper_state.read_text())["pid"])

    @property
    def servers(self) -> list[int]:
        first_line = (self.where.postgres_data / "postmaster.pid").read_text().split()[0]
        return [int(first_line), int(self.where.redis_pid.read_text())]

    def witness(self) -> int:
        children = Path(f"/proc/{self.keeper}/task/{self.keeper}/children").read_text().split()
        (found,) = (int(pid) for pid in children if int(pid) not in self.servers)
        return found

    def is_quiet(self) -> bool:
        lock = try_hold_exclusive(self.where.keeper_lock)
        if lock is not None:
            lock.close()
        return lock is not None

    def wait_until_quiet(self, seconds: float = 10) -> bool:
        return wait_until(self.is_quiet, seconds)


@pytest.fixture(scope="package")
def copied_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(CHECKOUT / "common", folder / "common", ignore=shutil.ignore_patterns("__pycache__"))
    checkout = Checkout(places(folder))
    yield checkout
    shutil.rmtree(checkout.where.outside, ignore_errors=True)


@pytest.fixture
def checkout(copied_checkout: Checkout) -> Iterator[Checkout]:
    """The copy, with nothing running before and after."""
    yield copied_checkout
    if not copied_checkout.is_quiet():
        os.kill(copied_checkout.keeper, signal.SIGTERM)
    lock = wait_for_exclusive(copied_checkout.where.keeper_lock, 15)
    assert lock is not None
    lock.close()


def answers(services: dict[str, str]) -> bool:
    try:
        with psycopg.connect(services["database_url"], connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def all_gone(pids: list[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def value(url: str, query: str, **options: Any) -> Any:
    """The first value of the first row, if the statement has rows."""
    with psycopg.connect(url, autocommit=True, **options) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None
