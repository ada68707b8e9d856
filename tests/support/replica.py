"""A streaming replica of the embedded server, made by its own pg_basebackup."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from common.embedded import binaries
from common.embedded.paths import ADMIN_ROLE, APP_ROLE, places
from common.embedded.postgres import run_as

SECONDS = 60


class Replica:
    """The running server. `pause` and `resume` hold its replaying, to lag as long as a test wants."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def url(self, database: str, role: str = APP_ROLE) -> str:
        return f"postgresql://{role}@{quote(str(self.socket), safe='')}/{database}"

    def pause(self) -> None:
        self._run("SELECT pg_wal_replay_pause()")
        self._until("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def resume(self) -> None:
        self._run("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until what is committed by now has been replayed."""
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as primary:
            row = primary.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert row is not None
        self._until(f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'::pg_lsn")

    def _run(self, statement: str) -> object:
        with psycopg.connect(self.url("postgres", ADMIN_ROLE), autocommit=True) as connection:
            result = connection.execute(statement.encode())
            row = result.fetchone()
            return row[0] if row else None

    def _until(self, question: str) -> None:
        end = time.monotonic() + SECONDS
        while not self._run(question):
            assert time.monotonic() < end, question
            time.sleep(0.02)


@contextmanager
def replica_of_embedded() -> Iterator[Replica]:
    """A replica while the context lasts; its files are gone afterwards."""
    where = places()
    who = run_as(where)
    programs = binaries.copied_postgres_bin(where.postgres_home) if who.switch else binaries.postgres_bin()
    folder = Path(tempfile.mkdtemp(prefix="promptfair-replica-", dir=where.outside))
    os.chown(folder, who.uid, who.gid)
    data = folder / "data"
    common: dict[str, object] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, **who.options}
    try:
        subprocess.run(
            [
                *(programs / "pg_basebackup", "-h", where.postgres_socket_dir, "-U", ADMIN_ROLE),
                *("-D", data, "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"),
            ],
            check=True,
            capture_output=True,
            **common,  # type: ignore[call-overload]
        )
        server = subprocess.Popen(
            [
                *(programs / "postgres", "-D", data, "-c", "listen_addresses="),
                *("-c", f"unix_socket_directories={folder}", "-c", "max_connections=200"),
                *("-c", "shared_buffers=16MB", "-c", "timezone=UTC"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **common,  # type: ignore[call-overload]
        )
        try:
            replica = Replica(folder)
            _wait_until_it_answers(replica, server)
            yield replica
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(replica: Replica, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            psycopg.connect(replica.url("postgres", ADMIN_ROLE)).close()
            return
        except psycopg.OperationalError:
            assert server.poll() is None, "the replica ended"
            assert time.monotonic() < end, "the replica does not answer"
            time.sleep(0.1)
