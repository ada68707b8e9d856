"""The embedded Redis: broker and cache, in memory only.

It keeps nothing over a restart on purpose. What must happen is a row in PostgreSQL that a sweeper finds;
a message is a hint. A queue that outlived `make demo-reset` would name rows of a database that is gone.
"""

import signal
import socket
import subprocess

from common.embedded import binaries
from common.embedded.errors import EmbeddedError
from common.embedded.paths import Places, make_private
from common.embedded.processes import command_line, die_with_parent, end_process, is_alive, wait_until

DATABASES = 128  # 0 is the demo's and manage.py's; each test process takes one of the others
STOP_STEPS = [(signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)]


def url(where: Places, database: int = 0) -> str:
    """A URL for redis-py, which Celery's form is derived from."""
    return f"unix://{where.redis_socket}?db={database}"


class Redis:
    """Starts and stops the server. Only the keeper uses it."""

    def __init__(self, where: Places) -> None:
        self.where = where
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises EmbeddedError."""
        program = binaries.redis_server()
        make_private(self.where.outside, mode=0o711 if self.where.uid == 0 else 0o700)
        make_private(self.where.redis_dir)
        self.stop()
        self.where.redis_socket.unlink(missing_ok=True)
        with (self.where.log / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - found by binaries
                [program, *self._settings()],
                cwd=self.where.redis_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        if not wait_until(lambda: self._answers() or not self.is_running, 15) or not self.is_running:
            raise EmbeddedError(f"Redis did not come up; see {self.where.log}/redis.log.")

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

    def _settings(self) -> list[str]:
        chosen = {
            "port": "0",
            "unixsocket": str(self.where.redis_socket),
            "unixsocketperm": "700",
            "pidfile": str(self.where.redis_pid),
            "set-proc-title": "no",  # the command line then tells whose it is
            "databases": str(DATABASES),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        return [part for name, value in chosen.items() for part in (f"--{name}", value)]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.where.redis_socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _running_pid(self) -> int | None:
        try:
            pid = int(self.where.redis_pid.read_text())
        except (OSError, ValueError):
            return None
        ours = str(self.where.redis_socket) in command_line(pid)
        return pid if ours and is_alive(pid) else None
