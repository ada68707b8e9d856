"""What went over the wire, as JSON lines, so that a contract check can be made after any test session.

API keys and webhook secrets are left out of the record.
"""

import json
import threading
from pathlib import Path
from typing import TextIO

from .jsontypes import Json


class Recorder:
    """Appends one line per request with its answer, and one per event sent."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def write(self, line: Json) -> None:
        """Append a line; lines never interleave."""
        if self._file is None:
            return
        text = json.dumps(line, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(text)
            self._file.flush()

    def request(self, *, verb: str, path: str, form: str, status: int, answer: Json, fault: bool) -> None:
        """Record an API request and its answer; `fault` marks an answer that was spoilt on order."""
        if "secret" in answer:
            answer = answer | {"secret": "whsec_hidden"}
        self.write(
            {
                "kind": "request",
                "verb": verb,
                "path": path,
                "form": form,
                "status": status,
                "answer": answer,
                "fault": fault,
            }
        )

    def event(self, event: Json, *, endpoint: str, status: int | None) -> None:
        """Record an attempt to deliver an event; status None means that nothing answered."""
        self.write({"kind": "event", "endpoint": endpoint, "status": status, "event": event})
