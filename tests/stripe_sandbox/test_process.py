"""The process itself: alone, on loopback, ending with its parent, keeping its data."""

import ast
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from .process import CHECKOUT, SandboxProcess
from .shop import Shop

ALLOWED_PACKAGES = {"werkzeug", "jinja2", "stripe_sandbox", "_typeshed"}


def test_it_imports_nothing_of_the_project_and_nothing_of_the_sdk() -> None:
    foreign: dict[str, set[str]] = {}
    for path in (CHECKOUT / "stripe_sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            roots = {name.split(".")[0] for name in names} - sys.stdlib_module_names - ALLOWED_PACKAGES
            if roots:
                foreign[path.name] = roots
    assert foreign == {}


def test_sigterm_ends_it_cleanly_and_the_data_stays(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    session = own_shop.open_session()

    started = time.monotonic()
    assert own_sandbox.stop() == 0
    assert time.monotonic() - started < 5
    own_sandbox.port = urlsplit(own_sandbox.url).port or 0
    own_sandbox.start()

    assert own_shop.session(session.id).status == "open"


def test_the_page_address_follows_a_new_port(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    from .shop import client_for

    session = own_shop.open_session()
    own_sandbox.stop()
    own_sandbox.start()

    moved = Shop(client_for(own_sandbox.url)).session(session.id)

    assert str(moved.url).startswith(own_sandbox.url)


def test_it_listens_on_loopback_only(own_sandbox: SandboxProcess) -> None:
    address = (_own_address(), urlsplit(own_sandbox.url).port or 0)
    with socket.socket() as probe:
        probe.settimeout(1)
        refused = address[0].startswith("127.") or probe.connect_ex(address) != 0

    assert refused
    assert urlsplit(own_sandbox.url).hostname == "127.0.0.1"


def _own_address() -> str:
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return "127.0.0.1"


def test_a_taken_port_is_said_and_ends_it(own_sandbox: SandboxProcess, tmp_path: Path) -> None:
    port = str(urlsplit(own_sandbox.url).port)
    command = [
        sys.executable,
        "-m",
        "stripe_sandbox",
        "--port",
        port,
        "--db",
        str(tmp_path / "other.sqlite3"),
    ]

    ended = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=20)

    assert ended.returncode != 0
    assert f"port {port}" in ended.stderr


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'stripe_sandbox', '--exit-with-parent',"
        f" '--db', {str(tmp_path / 's.sqlite3')!r}, '--ready-file', {str(ready)!r}])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(next(line for line in parent.stdout if line.strip().isdigit()))
        _wait_for(ready.exists)
        parent.send_signal(signal.SIGKILL)
        parent.wait()

        _wait_for(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    """Say whether a process runs; a zombie, which only waits to be collected, does not."""
    try:
        return (
            "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
            if Path("/proc").exists()
            else _exists(pid)
        )
    except OSError:
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(condition: object, seconds: float = 10) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_health_answers_without_a_key(sandbox: SandboxProcess) -> None:
    status, answer = sandbox.request("GET", "health")

    assert status == 200
    assert (answer["status"], answer["url"]) == ("ok", sandbox.url)


def test_a_connection_serves_many_requests(sandbox: SandboxProcess) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    ports = set()
    for path in ("/_sandbox/health", "/_sandbox/nothing", "/c/pay/cs_test_nothing", "/_sandbox/health"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        ports.add(connection.sock.getsockname()[1] if connection.sock else None)
    connection.close()

    assert (len(ports), ports & {None}) == (1, set())
    assert answer.status == 200


def test_a_request_far_too_large_is_refused_unread(sandbox: SandboxProcess) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    connection.putrequest("POST", "/v1/refunds")
    connection.putheader("Content-Length", "1000001")
    connection.endheaders()

    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert (answer.status, answer.getheader("Connection")) == (413, "close")
