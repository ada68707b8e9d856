"""One request to somebody else's server: no redirect, no patience, and of the answer the status alone."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.outgoing.guard import Refused, Target, target_of

CONNECT_SECONDS = 4.0
# From connecting to the answer's status line. However slowly it drips, it ends then.
TOTAL_SECONDS = 10.0


@dataclass(frozen=True)
class Outcome:
    """A status, or an error: Refused's, `no_connection`, `bad_certificate`, `timeout`, `bad_answer`."""

    status_code: int | None
    error: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send it, if the address is one that we may speak to. Never raises for what the other side does."""
    began = time.monotonic()
    status_code, error = None, ""
    try:
        status_code = _exchange(target_of(url), body, headers)
    except Refused as refused:
        error = refused.code
    except TimeoutError:
        error = "timeout"
    except ssl.SSLCertVerificationError:
        error = "bad_certificate"
    except (http.client.HTTPException, ValueError):
        error = "bad_answer"
    except OSError:
        error = "timeout" if time.monotonic() - began > TOTAL_SECONDS else "no_connection"
    return Outcome(status_code, error, int((time.monotonic() - began) * 1000))


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was judged, whatever the name has become since."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port)
        self._target = target

    def connect(self) -> None:
        target = self._target
        plain = socket.create_connection((target.address, target.port), timeout=CONNECT_SECONDS)
        self.sock = plain
        if target.is_https:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        self.sock.settimeout(TOTAL_SECONDS)


def _exchange(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    connection = _Pinned(target)
    late = threading.Timer(TOTAL_SECONDS, _cut, [connection])
    late.start()
    try:
        connection.request("POST", target.path, body=body, headers={"Host": target.authority, **headers})
        return connection.getresponse().status
    finally:
        late.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    """End what is under way: a timeout alone begins anew with every byte that comes."""
    try:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has just ended by itself
