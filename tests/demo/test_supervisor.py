"""`make demo` in a copy of the checkout: what it refuses, how it ends, and that it leaves nothing running."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.embedded.paths import places
from common.embedded.processes import is_alive, wait_until
from tests.support.environment import CHECKOUT, Slot

LEFT_OUT = (".venv", ".local", ".git", "tests", "docs", "__pycache__", ".*_cache", "seed_demo.py")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Without the seed, which has tests of its own and takes its time."""
    folder = tmp_path_factory.mktemp("demo") / "checkout"
    shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    yield folder
    shutil.rmtree(places(folder).outside, ignore_errors=True)


@pytest.fixture
def port(slot: Slot) -> int:
    return slot.site_port + 5


class Demo:
    """One `python -m marketplace.demo` of the copy."""

    def __init__(self, checkout: Path, *arguments: str) -> None:
        given = (
            "DATABASE_",
            "REDIS_",
            "STRIPE_",
            "MAILBOX_",
            "MEDIA_",
            "CELERY_",
            "CACHE_",
            "PROMPTFAIR_",
            "MAKE",
        )
        self.checkout = checkout
        self.process = subprocess.Popen(
            [sys.executable, "-m", "marketplace.demo", *arguments],
            cwd=checkout,
            env={name: value for name, value in os.environ.items() if not name.startswith(given)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> str:
        """Its output up to the line that says so."""
        assert self.process.stdout
        lines: list[str] = []
        while not lines or "is ready" not in lines[-1]:
            lines.append(self.process.stdout.readline())
            assert lines[-1], f"The demo ended:\n{''.join(lines)}"
        return "".join(lines)

    def finish(self, seconds: float = 30) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, output

    def others(self) -> dict[int, str]:
        """Every process of the copy but the supervisor: told by its folder or the servers' own."""
        outside = str(places(self.checkout).outside)
        found = {}
        for pid in (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()):
            try:
                folder = os.readlink(f"/proc/{pid}/cwd")
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            ours = str(self.checkout) in folder or outside in folder or outside in command
            if ours and pid != self.process.pid and is_alive(pid):
                found[pid] = command
        return found


def test_taken_port_ends_the_demo_at_once_and_names_the_way_out(checkout: Path, port: int):
    with socket.create_server(("127.0.0.1", port)):
        demo = Demo(checkout, "--port", str(port))
        code, output = demo.finish()

    assert code == 1
    assert f"Port {port} of 127.0.0.1 is taken" in output
    assert f"PORT={port + 1}" in output
    assert demo.others() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_running_demo_refuses_a_second_heals_and_stops_in_time(checkout: Path, port: int):
    demo = Demo(checkout, "--port", str(port))
    output = demo.wait_until_ready()
    assert f"http://127.0.0.1:{port}/" in output

    for arguments, refusal in (
        (["--port", str(port + 1)], f"runs already: http://127.0.0.1:{port}"),
        (["--reset"], "Stop it first"),
    ):
        code, said = Demo(checkout, *arguments).finish()
        assert code == 1
        assert refusal in said

    killed = next(
        pid for pid, command in demo.others().items() if "guard.py" in command and "granian" in command
    )
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(killed), 5)
    time.sleep(1)  # the site may still be answering while its processes end
    assert wait_until(lambda: _is_up(port), 20, pause=0.2)

    secrets = json.loads((checkout / ".local" / "stripe_webhooks.json").read_text())
    assert all(each["secret"].startswith("whsec_") for each in secrets.values())
    assert (checkout / ".local" / "stripe_webhooks.json").stat().st_mode & 0o777 == 0o600
    assert (checkout / ".local").stat().st_mode & 0o777 == 0o700  # the sandbox's database knows them too

    began = time.monotonic()
    demo.process.send_signal(signal.SIGINT)
    code, output = demo.finish()
    assert code == 0
    assert "All stopped." in output
    assert time.monotonic() - began < 15
    assert demo.others() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_killed_supervisor_leaves_nothing_running(checkout: Path, port: int):
    demo = Demo(checkout, "--port", str(port))
    demo.wait_until_ready()
    assert len(demo.others()) > 10

    demo.process.kill()
    demo.process.communicate()

    assert wait_until(lambda: demo.others() == {}, 15, pause=0.2), demo.others()


def test_reset_removes_the_data_and_says_so(checkout: Path):
    code, output = Demo(checkout, "--reset").finish()

    assert code == 0
    assert "starts over" in output
    assert not places(checkout).postgres_data.exists()
    assert not list((checkout / ".local").glob("stripe*"))


def _is_up(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
    except OSError:
        return False
    return True
