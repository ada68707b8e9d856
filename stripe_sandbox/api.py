"""The way of an API request: key, version, faults, parameters, idempotency, the resource's function,
expansion.
"""

import time
from dataclasses import dataclass, field

from . import API_VERSION, idempotency
from .errors import StripeError, no_access
from .events import CAUSE
from .faults import Fault
from .ids import new_id
from .jsontypes import Json
from .params import decode_form
from .presenting import expand
from .routing import Call, Route, find
from .sandbox import Sandbox

_TEST_PREFIXES = ("sk_test_", "rk_test_")
_LIVE_PREFIXES = ("sk_live_", "rk_live_")


@dataclass(frozen=True)
class ApiRequest:
    """What matters of an HTTP request to `/v1/`."""

    verb: str
    path: str
    form: str
    """The body, or the query string of a GET or DELETE."""
    key: str
    version: str
    idempotency_key: str
    account: str | None


@dataclass
class ApiAnswer:
    """Status, JSON body and headers; `fault` says that it was spoilt on order and how."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


def answer(sandbox: Sandbox, request: ApiRequest) -> ApiAnswer:
    """Answer an API request and record it."""
    request_id = new_id("req_")
    token = CAUSE.set({"id": request_id, "idempotency_key": request.idempotency_key or None})
    try:
        given = _faulty(sandbox, request, request_id)
    finally:
        CAUSE.reset(token)
    given.headers |= {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    if request.idempotency_key:
        given.headers["Idempotency-Key"] = request.idempotency_key
    sandbox.recorder.request(
        verb=request.verb,
        path=request.path,
        form=request.form,
        status=given.status,
        answer=given.body,
        fault=given.fault is not None,
    )
    return given


def _faulty(sandbox: Sandbox, request: ApiRequest, request_id: str) -> ApiAnswer:
    early = sandbox.faults.take(request.verb, request.path, "before")
    if early:
        time.sleep(early.seconds)
        if early.spoils:
            return _spoilt(early)
    late = sandbox.faults.take(request.verb, request.path, "after")
    given = _guarded(sandbox, request, request_id, late)
    if late:
        time.sleep(late.seconds)
    return _spoilt(late) if late and late.spoils else given


def _guarded(sandbox: Sandbox, request: ApiRequest, request_id: str, late: Fault | None) -> ApiAnswer:
    try:
        _check_key(request.key)
        _check_version(request.version)
        _check_account(sandbox, request)
        found = find(request.verb, request.path)
        if not found:
            raise StripeError(
                f"Unrecognized request URL ({request.verb}: {request.path}). The sandbox does not serve it.",
                status=404,
            )
        route, ids = found
        call = Call(sandbox, route.spec.read(decode_form(request.form), ""), ids, request.account)
        if request.verb == "POST" and request.idempotency_key:
            return _once(request, route, call, request_id, late)
        return _run(request, route, call, request_id)
    except StripeError as error:
        return ApiAnswer(error.status, error.body(request_id))


def _check_key(key: str) -> None:
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if key.startswith(_LIVE_PREFIXES):
        raise StripeError(
            "This is the local sandbox: it refuses live keys. Take the key out of this environment.",
            status=401,
        )
    if not key.startswith(_TEST_PREFIXES) or len(key) < 12:
        shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)


def _check_account(sandbox: Sandbox, request: ApiRequest) -> None:
    if request.account and sandbox.store.get("account", request.account) is None:
        raise no_access(request.account)


def _check_version(version: str) -> None:
    if version and version != API_VERSION:
        raise StripeError(f"The sandbox speaks only {API_VERSION}; this request asks for {version}.")


def _once(request: ApiRequest, route: Route, call: Call, request_id: str, late: Fault | None) -> ApiAnswer:
    key = idempotency.Key.of(
        request.idempotency_key,
        account=request.account,
        verb=request.verb,
        path=request.path,
        params=call.params,
    )
    saved = idempotency.begin(call.sandbox, key)
    if saved:
        return ApiAnswer(saved.status, saved.body, {"Idempotent-Replayed": "true"})
    try:
        given = _run(request, route, call, request_id, _Keeping(call.sandbox, key, late))
    except BaseException:
        idempotency.release(call.sandbox, key)
        raise
    if given.fault and not given.fault.is_kept:
        idempotency.release(call.sandbox, key)
    return given


@dataclass(frozen=True)
class _Keeping:
    """Keeps an answer under the request's key; when a fault spoils it later, what the fault answers."""

    sandbox: Sandbox
    key: idempotency.Key
    late: Fault | None

    def keep(self, status: int, body: Json) -> None:
        if self.late and self.late.is_kept:
            status, body = self.late.status, _spoilt(self.late).body
        idempotency.finish(self.sandbox, self.key, idempotency.SavedAnswer(status, body))


def _run(
    request: ApiRequest, route: Route, call: Call, request_id: str, keeping: _Keeping | None = None
) -> ApiAnswer:
    """Run the resource's function; its effect and the saved answer are one transaction."""
    fault = call.sandbox.faults.take(request.verb, request.path, "during")
    if fault:
        time.sleep(fault.seconds)
        if fault.spoils:
            given = _spoilt(fault)
            if keeping and fault.is_kept:
                keeping.keep(given.status, given.body)
            return given
    try:
        with call.sandbox.store.transaction():
            body = expand(call.sandbox, route.handler(call), call.params.get("expand", []))
            if keeping:
                keeping.keep(200, body)
        return ApiAnswer(200, body)
    except StripeError as error:
        if error.validation:
            raise
        given = ApiAnswer(error.status, error.body(request_id))
    if keeping:
        keeping.keep(given.status, given.body)
    return given


def _spoilt(fault: Fault) -> ApiAnswer:
    error = StripeError(
        "An error on order of the sandbox's controls.", status=fault.status, type="api_error", code=fault.code
    )
    return ApiAnswer(fault.status, error.body("req_fault"), fault=fault)
