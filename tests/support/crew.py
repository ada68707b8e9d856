"""Web, worker and beat for tests that kill them, on queues of their own, so that no other worker helps."""

import os
import socket
import sys
from pathlib import Path

from tests.support import processes, queues
from tests.support.environment import Slot


class Crew:
    """Its processes end with `stop`, at the latest."""

    def __init__(self, slot: Slot, environ: dict[str, str], folder: Path) -> None:
        self.slot, self.folder = slot, folder
        self.mailbox = folder / "mailbox"
        self.mail_began = folder / "mail-began"
        self.environ = environ | {
            "CELERY_PREFIX": f"crew-{slot.number}-",
            "CELERY_BEAT_SCHEDULE": str(folder / "schedule"),
            "MAILBOX_DIR": str(self.mailbox),
            "HANGING_MAIL_MARK": str(self.mail_began),
            "SWEEP_SECONDS": "1",
        }
        self._running: list[processes.Process] = []

    def worker(self, **environ: str) -> processes.Process:
        worker = processes.start_worker(self.slot, self.environ | environ)
        self._running.append(worker)
        return worker

    def beat(self) -> processes.Process:
        command = [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile="]
        return self._start("beat", command)

    def dying_web(self) -> tuple[processes.Process, str]:
        """A web server that is killed between a commit and the hint about it; and its address."""
        port = _free_port()
        application = "tests.support.dying_web:application"
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", application]
        web = self._start("dying-web", [*command, "--host", "127.0.0.1", "--port", str(port)])
        url = f"http://127.0.0.1:{port}"
        web.wait_until(lambda: processes.answers(f"{url}/healthz"))
        return web, url

    def _start(self, name: str, command: list[str]) -> processes.Process:
        process = processes.Process(self.slot, name, command, self.environ)
        self._running.append(process)
        return process

    def flush_redis(self) -> int:
        """Forget every task that waits; how many keys there were."""
        return queues.forget(f"crew-{self.slot.number}-")

    def stop(self) -> None:
        """There is nothing of theirs to save, so they are not asked."""
        for process in self._running:
            process.kill()
            process.stop()
        self.flush_redis()


def mails_in(mailbox: Path) -> list[str]:
    """The Message-ID of every mail sent, in the order of their files."""
    text = "".join(file.read_text(errors="replace") for file in sorted(mailbox.glob("*.log")))
    ids = [line.partition(": ")[2] for line in text.splitlines() if line.startswith("Message-ID: ")]
    return [one.strip("<>") for one in ids]


def session_mailbox() -> Path:
    return Path(os.environ["MAILBOX_DIR"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
