"""The embedded PostgreSQL: one cluster per checkout, reached by a socket in a private folder only.

Whoever can enter that folder is trusted (the folder is ours alone), so there are no passwords. As root
the server runs as `nobody`, since it refuses root, with a copy of the wheel's programs.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from common.embedded import binaries
from common.embedded.errors import EmbeddedError
from common.embedded.paths import (
    ADMIN_ROLE,
    APP_ROLE,
    DATABASE_NAME,
    OWNER_ROLE,
    SOCKET_NAME,
    Places,
    make_private,
)
from common.embedded.processes import command_line, die_with_parent, end_process, is_alive, wait_until

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}
# Fast shutdown; then without a checkpoint (replayed at the next start); then whatever it takes.
STOP_STEPS = [(signal.SIGINT, 7.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)]
START_ATTEMPTS = 4
START_SECONDS = 60.0  # for replaying the log after a crash
UNPRIVILEGED_USER = "nobody"


@dataclass(frozen=True)
class RunAs:
    """Arguments for subprocess that make a program of PostgreSQL run as the right user."""

    uid: int
    gid: int
    switch: bool

    @property
    def options(self) -> dict[str, object]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


def run_as(where: Places) -> RunAs:
    if where.uid != 0:
        return RunAs(uid=where.uid, gid=os.getgid(), switch=False)
    try:
        user = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and there is no user `{UNPRIVILEGED_USER}` to run it as. "
            "Run the project as an ordinary user, or set DATABASE_URL."
        ) from error
    return RunAs(uid=user.pw_uid, gid=user.pw_gid, switch=True)


def url(where: Places, role: str, database: str = DATABASE_NAME) -> str:
    """A libpq URL, also understood by Django's URL parsers."""
    return f"postgresql://{role}@{quote(str(where.postgres_socket_dir), safe='')}/{database}"


class Postgres:
    """Prepares, starts and stops the cluster. Only the keeper uses it."""

    def __init__(self, where: Places) -> None:
        self.where = where
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and see to its roles and database. Raises EmbeddedError."""
        who = run_as(self.where)
        programs = self._prepare(who)
        self.stop()
        # After a SIGKILL of the server its last processes hold its shared memory for a moment.
        if not any(self._launch(programs, who) for _ in range(START_ATTEMPTS)):
            raise EmbeddedError(f"PostgreSQL does not start; see {self.where.log}/postgres.log.")
        try:
            _bootstrap(self.where)
        except psycopg.Error as error:
            raise EmbeddedError(f"PostgreSQL is up but could not be prepared: {error}") from error

    def _launch(self, programs: Path, who: RunAs) -> bool:
        """One attempt; False when the server ended or was not ready in time."""
        self._forget_dead_pid()
        with (self.where.log / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the wheel's own program
                [programs / "postgres", "-D", self.where.postgres_data, *self._settings()],
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGINT),
                **who.options,  # type: ignore[call-overload]
            )
        if wait_until(lambda: self._is_ready() or not self.is_running, START_SECONDS) and self.is_running:
            return True
        self.stop()
        time.sleep(1)
        return False

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop our server, also one that an earlier, killed keeper had started. Never another's."""
        pid = self.process.pid if self.process else self._running_pid()
        if pid is not None:
            reap = self.process.poll if self.process else lambda: None
            end_process(pid, STOP_STEPS, reap)
        self.process = None

    def _prepare(self, who: RunAs) -> Path:
        """Folders, programs and the cluster's files. Returns the folder of the programs."""
        where = self.where
        make_private(where.outside, mode=0o711 if who.switch else 0o700)
        make_private(where.postgres_socket_dir, owner=who.uid, group=who.gid)
        if who.switch:
            programs = binaries.copied_postgres_bin(where.postgres_home)
        else:
            make_private(where.postgres_home)
            programs = binaries.postgres_bin()
        if not where.postgres_data.exists():
            self._initdb(programs, who)
        self._check_version(programs)
        return programs

    def _initdb(self, programs: Path, who: RunAs) -> None:
        """Make the cluster beside its place and move it there, so that a kill leaves nothing half done."""
        making = self.where.postgres_home / "data.making"
        shutil.rmtree(making, ignore_errors=True)
        make_private(making, owner=who.uid, group=who.gid)
        done = subprocess.run(  # noqa: S603 - the wheel's own program
            [
                *(programs / "initdb", "-D", making, "-U", ADMIN_ROLE, "--auth=trust", "--no-instructions"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **who.options,  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise EmbeddedError(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")
        making.rename(self.where.postgres_data)

    def _check_version(self, programs: Path) -> None:
        said = subprocess.run(  # noqa: S603 - the wheel's own program
            [programs / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        ours = (self.where.postgres_data / "PG_VERSION").read_text().strip()
        if f" {ours}." not in said and not said.strip().endswith(f" {ours}"):
            raise EmbeddedError(
                f"{self.where.postgres_data} was made by PostgreSQL {ours}, the programs are {said.strip()}. "
                "`make demo-reset` removes the old data."
            )

    def _settings(self) -> list[str]:
        chosen = [f"{name}={value}" for name, value in SETTINGS.items()]
        return [part for setting in [*chosen, self._socket_setting()] for part in ("-c", setting)]

    def _is_ready(self) -> bool:
        """What pg_ctl looks for: the eighth line of the pid file."""
        try:
            lines = (self.where.postgres_data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) >= 8 and lines[7].strip() == "ready"

    def _running_pid(self) -> int | None:
        """The live server of our own folders, told by its command line and not by its number alone."""
        for path in self._pid_files():
            pid = _first_number(path)
            if pid and is_alive(pid) and self._socket_setting() in command_line(pid):
                return pid
        return None

    def _forget_dead_pid(self) -> None:
        """Remove pid files whose number is no server of ours.

        PostgreSQL only asks whether the number is in use, so after a kill it would refuse to start when
        another process has it by now, or when nobody has buried the killed one (a container without
        an init). Two servers on one data folder are still impossible: keeper.lock, and PostgreSQL's own
        check of the shared memory.
        """
        if self._running_pid() is None:
            for path in self._pid_files():
                path.unlink(missing_ok=True)

    def _pid_files(self) -> tuple[Path, Path]:
        """The cluster's and the socket's; the latter also tells of a server whose data was deleted."""
        socket_lock = self.where.postgres_socket_dir / f"{SOCKET_NAME}.lock"
        return (self.where.postgres_data / "postmaster.pid", socket_lock)

    def _socket_setting(self) -> str:
        return f"unix_socket_directories={self.where.postgres_socket_dir}"


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split(maxsplit=1)[0])
    except (OSError, ValueError, IndexError):
        return None


def _environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT or a locale in the caller's environment must not reach it."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def _bootstrap(where: Places) -> None:
    """Roles, default privileges and the database; safe to repeat, so a killed first start heals."""
    with psycopg.connect(url(where, ADMIN_ROLE, "template1"), autocommit=True) as connection:
        for role, powers in ((OWNER_ROLE, "LOGIN CREATEDB"), (APP_ROLE, "LOGIN")):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            if not known:
                connection.execute(f"CREATE ROLE {role} {powers}".encode())
        for privilege, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
            grant = f"GRANT {privilege} ON {kind} TO {APP_ROLE}"  # every later database begins with it
            connection.execute(f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER_ROLE} {grant}".encode())
    with psycopg.connect(url(where, ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE_NAME} OWNER {OWNER_ROLE}".encode())
