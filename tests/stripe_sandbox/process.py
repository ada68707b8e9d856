"""The sandbox as a child process; knows neither pytest nor Django, so that any suite or supervisor can use
it.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
CARD = "4242424242424242"
_START_SECONDS = 15.0


class SandboxProcess:
    """One `python -m stripe_sandbox`, ending with the process that started it."""

    def __init__(
        self,
        db_path: Path,
        record_path: Path | None = None,
        *,
        port: int = 0,
        retry_delays: str = "0.2,0.2,0.4,0.8",
    ) -> None:
        self.db_path = db_path
        self.record_path = record_path
        self.port = port
        self.retry_delays = retry_delays
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self._url

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id; it must have been started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> "SandboxProcess":
        """Start it and wait until it listens."""
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready.json"
            self._process = subprocess.Popen(self._command(ready), cwd=CHECKOUT)
            deadline = time.monotonic() + _START_SECONDS
            while not ready.exists():
                if self._process.poll() is not None:
                    raise RuntimeError(f"stripe_sandbox ended at once ({self._process.returncode})")
                if time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"stripe_sandbox was not ready within {_START_SECONDS} s")
                time.sleep(0.02)
            self._url = str(json.loads(ready.read_text())["url"])
        return self

    def _command(self, ready: Path) -> list[str]:
        command = [sys.executable, "-m", "stripe_sandbox", "--exit-with-parent"]
        command += ["--port", str(self.port), "--db", str(self.db_path), "--ready-file", str(ready)]
        command += ["--retry-delays", self.retry_delays]
        if self.record_path is not None:
            command += ["--record", str(self.record_path)]
        return command

    def stop(self) -> int | None:
        """End it; returns its exit code, None if it did not run."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process = None

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Use a control, e.g. `request("POST", "clock", {"advance": 60})`; returns status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{path}",
            data=data,
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST to a control and return its JSON; anything but 200 raises."""
        status, answer = self.request("POST", path, body or {})
        if status != 200:
            raise RuntimeError(f"/_sandbox/{path} answered {status}: {answer}")
        return answer

    def pay(self, session_id: str, card: str = CARD, **more: Any) -> Any:
        """Pay a session as a person would; returns the JSON also of a decline (it then has `error`)."""
        status, answer = self.request("POST", f"checkout/{session_id}/pay", {"card": card, **more})
        if status not in {200, 402}:
            raise RuntimeError(f"paying {session_id} answered {status}: {answer}")
        return answer

    def settle_deliveries(self, timeout: float = 10) -> None:
        """Wait until every webhook is delivered or given up."""
        self.control("deliveries/settle", {"timeout": timeout})
