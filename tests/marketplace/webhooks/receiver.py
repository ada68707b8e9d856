"""A seller's own server: keeps what it is sent, and answers as it is told."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ALLOWED_ADDRESS = "127.0.0.2"


@dataclass
class Receiver:
    """`answers` are statuses for the next requests, then 204. `events` are the bodies it said 2xx to."""

    address: str = ALLOWED_ADDRESS
    location: str = ""
    seconds: float = 0
    answers: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    most_at_once: int = 0

    def __enter__(self) -> "Receiver":
        receiver, self._at_once, self._lock = self, 0, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._take(self)

            do_GET = do_POST

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((self.address, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}/hook?to=me"

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        time.sleep(self.seconds)
        with self._lock:
            status = self.answers.pop(0) if self.answers else 204
            self.requests.append(({**dict(handler.headers), ":path": handler.path}, body))
            if 200 <= status < 300:
                self.events.append(json.loads(body))
            self._at_once -= 1
        handler.send_response(status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
