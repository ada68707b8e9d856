"""HTTP for the application: threads, and connections that stay open as Stripe's do.

Werkzeug's own server closes every connection, which costs each call a connection and a thread.
"""

import io
import sys
import traceback
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import unquote_to_bytes

from .app import SOCKET, Application

HOST = "127.0.0.1"
_LONGEST_BODY = 1_000_000


class Server(ThreadingMixIn, TCPServer):
    """A thread per connection; none of them outlives the process."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        super().__init__((HOST, port), _Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; show every other failure."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            traceback.print_exc(file=sys.stderr)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer any request; the application knows the verbs."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LONGEST_BODY:
            self.send_error(413)
            self.close_connection = True
            return
        status, headers, parts = self._ask(self.rfile.read(length))
        self.send_response_only(int(status.split(" ", 1)[0]), status.split(" ", 1)[1])
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.writelines(parts)
        self.wfile.flush()

    do_POST = do_DELETE = do_HEAD = do_PUT = do_PATCH = do_OPTIONS = do_GET

    def _ask(self, body: bytes) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
        given: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[..., object]:
            given[:] = status, headers
            return lambda data: None

        try:
            parts = list(self.server.application(self._environ(body), start_response))
        except ConnectionError:
            self.close_connection = True
            raise
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return "500 Internal Server Error", [("Content-Length", "0")], []
        return given[0], given[1], parts

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            SOCKET: self.connection,
        }
        for name, value in self.headers.items():
            environ.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
        return environ

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a line per request would drown the demo's own output."""
