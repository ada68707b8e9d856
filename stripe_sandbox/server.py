"""The process: a threaded HTTP server on loopback, its threads, its ready file and its end."""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .app import Application
from .sandbox import Sandbox
from .serving import HOST, Server
from .timers import Timer


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    port: int
    database: Path
    ready_file: Path | None
    record: Path | None
    merchant_name: str
    retry_delays: tuple[float, ...] | None
    parent_pid: int | None
    """End when this process is gone."""


def serve(options: Options) -> None:
    """Serve until SIGTERM or SIGINT, or until the parent is gone."""
    options.database.parent.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox.open(
        options.database,
        record=options.record,
        merchant_name=options.merchant_name,
        retry_delays=options.retry_delays,
    )
    try:
        server = Server(options.port, Application(sandbox))
    except OSError as error:
        raise SystemExit(f"stripe_sandbox: port {options.port} on {HOST} cannot be used: {error}") from None
    sandbox.base_url = f"http://{HOST}:{server.port}"
    timer = Timer(sandbox)
    _stop_on_signals(server)
    if options.parent_pid is not None:
        _watch_parent(options.parent_pid)
    sandbox.deliveries.start()
    timer.start()
    _write_ready_file(options.ready_file, sandbox.base_url)
    print(f"stripe_sandbox at {sandbox.base_url}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        timer.stop()
        sandbox.deliveries.stop()
        server.server_close()
        sandbox.store.close()


def _stop_on_signals(server: Server) -> None:
    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _watch_parent(parent_pid: int) -> None:
    """End the process when its parent is gone, however it went; nothing of value is lost by an abrupt end."""

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(0.25)
        print("stripe_sandbox: the parent process is gone", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(3)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _write_ready_file(path: Path | None, url: str) -> None:
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps({"url": url, "pid": os.getpid()}) + "\n")
    temporary.replace(path)
