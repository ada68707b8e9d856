"""Who used the processor: our processes by group, PostgreSQL's sessions, and all others."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


def process_seconds(pids: Iterable[int]) -> float:
    """CPU time that these processes have used so far."""
    return sum(_used(fields) for pid in pids if (fields := _stat(pid)))


def group_seconds(group: int) -> float:
    """The same of all processes of a group."""
    stats = (_stat(int(folder.name)) for folder in Path("/proc").glob("[0-9]*"))
    return sum(_used(fields) for fields in stats if fields and int(fields[2]) == group)


def thread_seconds(pid: int) -> float:
    """The same of a process with one thread, to the nanosecond rather than in ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def busy_seconds() -> float:
    """CPU time that anybody has used on this machine."""
    user, nice, system, _idle, _waiting, *more = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return sum(int(ticks) for ticks in (user, nice, system, *more[:2])) / TICKS


def session_pids() -> list[int]:
    """PostgreSQL's processes behind everybody's sessions in this database but our own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def own_session_pid() -> int:
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name; None when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _used(fields: list[str]) -> float:
    return (int(fields[11]) + int(fields[12])) / TICKS
