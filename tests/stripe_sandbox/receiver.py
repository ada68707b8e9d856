"""A webhook endpoint for tests: keeps what it gets and answers what it is told."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    body: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        """The decoded event."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


@dataclass
class Receiver:
    """A small server in a thread. `answer` decides the status of each request; 200 unless told."""

    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], int] = lambda _: 200

    def start(self) -> "Receiver":
        """Listen on a free port of 127.0.0.1."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got = Received(body, self.headers["Stripe-Signature"])
                receiver.received.append(got)
                self.send_response(receiver.answer(got))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address to register."""
        return f"http://127.0.0.1:{self._server.server_port}/webhook/"

    @property
    def types(self) -> list[str]:
        """The event types in the order they came."""
        return [got.event["type"] for got in self.received]

    def only(self, type: str) -> Received:
        """The one request with this type."""
        matching = [got for got in self.received if got.event["type"] == type]
        assert len(matching) == 1, f"{len(matching)} x {type} in {self.types}"
        return matching[0]
