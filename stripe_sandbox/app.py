"""The WSGI application: `/v1/` is the API, `/c/` the pages people see, `/_sandbox/` the controls."""

import json
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from . import api
from .controls import ControlError, control
from .errors import StripeError
from .hosted.views import hosted_page
from .resources import register_all
from .sandbox import Sandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


SOCKET = "stripe_sandbox.socket"
"""Where the server leaves the connection, for faults that end it."""


class Application:
    """One sandbox behind WSGI."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        register_all()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.max_content_length = 1_000_000
        response = self._respond(request)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        path = request.path
        try:
            if path.startswith("/v1/"):
                return self._api(request)
            if path.startswith("/_sandbox/"):
                return self._control(request)
            if path.startswith("/c/"):
                return hosted_page(self.sandbox, request)
        except HTTPException as error:
            return _json(
                {"error": {"type": "invalid_request_error", "message": str(error)}}, error.code or 500
            )
        return _json(
            {"error": {"type": "invalid_request_error", "message": f"Nothing is served at {path}."}}, 404
        )

    def _api(self, request: Request) -> Response:
        raw = request.query_string if request.method in {"GET", "DELETE"} else request.get_data()
        given = api.answer(
            self.sandbox,
            api.ApiRequest(
                verb=request.method,
                path=request.path,
                form=raw.decode("utf-8", "replace"),
                key=_api_key(request),
                version=request.headers.get("Stripe-Version", ""),
                idempotency_key=request.headers.get("Idempotency-Key", ""),
                account=request.headers.get("Stripe-Account"),
            ),
        )
        if given.fault and given.fault.kind in {"reset", "timeout"}:
            _drop_connection(request)
        response = _json(given.body, given.status)
        response.headers.update(given.headers)
        return response

    def _control(self, request: Request) -> Response:
        body = request.get_json(silent=True) if request.get_data() else {}
        if not isinstance(body, dict):
            return _json({"error": "The body must be a JSON object."}, 400)
        try:
            status, answer = control(
                self.sandbox, request.method, request.path.removeprefix("/_sandbox/"), body
            )
        except ControlError as error:
            return _json({"error": str(error)}, error.status)
        except StripeError as error:
            return _json(error.body("req_control"), error.status)
        return _json(answer, status)


def _api_key(request: Request) -> str:
    authorization = request.authorization
    if authorization is None:
        return ""
    return (authorization.token if authorization.type == "bearer" else authorization.username) or ""


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def _drop_connection(request: Request) -> None:
    """End the connection without an answer, so that the client learns nothing of what was done."""
    connection: socket.socket = request.environ[SOCKET]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("dropped on order of the sandbox's controls")
