"""A small server that speaks OpenAI's chat completions: says what it is told to, keeps what it was sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ChatServer:
    url: str = ""
    content: Any = "Better words."
    status: int = 200
    body: bytes | None = None
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    told = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.asked.append((self.path, dict(self.headers), sent))
            time.sleep(told.seconds)
            message = {"role": "assistant", "content": told.content}
            answer = {"object": "chat.completion", "model": sent["model"], "choices": [{"message": message}]}
            body = json.dumps(answer).encode() if told.body is None else told.body
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
