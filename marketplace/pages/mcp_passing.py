"""`/mcp` where no proxy stands before the site, as in the demo: handed on to the MCP server's own process."""

import http.client
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

SENT_ON = ("Authorization", "Accept", "Content-Type", "Origin", "Last-Event-ID")
SENT_BACK = ("Content-Type", "WWW-Authenticate", "Retry-After", "Cache-Control", "Allow")
OWN_PREFIX = "mcp-"
# The server speaks every 15 seconds on an answer that stays open.
TIMEOUT_SECONDS = 60
STREAM = "text/event-stream"
# Each open answer holds a thread of the site; the others must go on serving pages.
_free = threading.BoundedSemaphore(4)


@csrf_exempt
def mcp(request: HttpRequest) -> HttpResponseBase:
    """The MCP server's answer, as it comes. 404 where the operator's proxy leads the path there itself."""
    if not settings.MCP_UPSTREAM:
        raise Http404
    upstream = urlsplit(settings.MCP_UPSTREAM)
    connection = http.client.HTTPConnection(upstream.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(str(request.method), upstream.path, request.body, _headers(request))
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException):
        connection.close()
        return _unavailable("The MCP server does not answer.")
    if answer.headers.get("Content-Type", "").startswith(STREAM):
        return _stream(connection, answer)
    with answer:
        content = answer.read()
    connection.close()
    return _with_headers(HttpResponse(content, status=answer.status), answer)


class Pieces:
    """An answer that stays open, piece by piece. Whoever closes it frees the thread, begun or not."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer, self._is_open = connection, answer, True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = self._answer.read1(65_536)
        except (OSError, http.client.HTTPException):
            piece = b""
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._connection.close()
            _free.release()


def _stream(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> HttpResponseBase:
    if not _free.acquire(blocking=False):
        connection.close()
        return _unavailable("Too many programs listen.")
    pieces = Pieces(connection, answer)
    return _with_headers(StreamingHttpResponse(pieces, status=answer.status), answer)


def _headers(request: HttpRequest) -> dict[str, str]:
    names = [name for name in request.headers if name in SENT_ON or name.lower().startswith(OWN_PREFIX)]
    return {"Host": request.get_host(), **{name: request.headers[name] for name in names}}


def _with_headers(response: HttpResponseBase, answer: http.client.HTTPResponse) -> HttpResponseBase:
    for name, value in answer.headers.items():
        if name.title() in map(str.title, SENT_BACK) or name.lower().startswith(OWN_PREFIX):
            response[name] = value
    response["X-Accel-Buffering"] = "no"
    return response


def _unavailable(words: str) -> HttpResponse:
    headers = {"Retry-After": "5"}
    return HttpResponse(f"{words}\n", status=503, content_type="text/plain", headers=headers)
