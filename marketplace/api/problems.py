"""Every error of the API as RFC 9457 `application/problem+json`.

    {type, title, status, detail, code, errors?: {field: [messages]}, scope?}

`code` is stable and is what programs match on; `detail` is a sentence for a person.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.views import set_rollback

from common.errors import DomainError
from common.outage import is_database_away

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# Where a message is about the body as a whole, not about one of its fields.
WHOLE_BODY = "body"
RETRY_LATER_SECONDS = 5
OUTAGE_SECONDS = 30

CODES: dict[type[exceptions.APIException], str] = {
    exceptions.ValidationError: "invalid",
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "invalid_token",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "rate_limited",
}


class MissingScope(exceptions.PermissionDenied):
    """The token is good, but was not made for this."""

    default_code = "missing_scope"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(
            _("This token lacks the scope %(scope)s. Make one that has it on your account page.")
            % {"scope": scope}
        )
        self.auth_header = f'Bearer error="insufficient_scope", scope="{scope}"'


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = gettext_lazy("The request's body is too large.")


def problem_response(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler: whatever was raised, a problem is answered and nothing internal leaks."""
    set_rollback()
    if isinstance(error, DomainError):
        return problem_of_domain_error(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, (SuspiciousOperation, BadRequest)):
        error = exceptions.ParseError(_("The request cannot be read."))
    if isinstance(error, exceptions.APIException):
        return _problem_of_api_exception(error)
    _log_unexpected(error, context)
    if is_database_away(error):
        return problem_of_outage()
    return problem(
        status=500,
        code="internal_error",
        detail=_("Something went wrong on our side. It has been recorded; trying again is safe."),
    )


def problem_of_domain_error(error: DomainError) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_LATER_SECONDS)} if error.status == 503 else {}
    return problem(
        status=error.status,
        code=error.code,
        detail=str(error.message),
        errors={field: [str(message) for message in messages] for field, messages in error.errors.items()},
        headers=headers,
    )


def problem_of_outage() -> HttpResponse:
    """The database is away. What was asked was not done, or will be found done."""
    return problem(
        status=503,
        code="unavailable",
        detail=_("Our database does not answer just now. Please try again in half a minute."),
        headers={"Retry-After": str(OUTAGE_SECONDS)},
    )


def problem(
    *,
    status: int,
    code: str,
    detail: str,
    errors: Mapping[str, list[str]] | None = None,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    body: dict[str, Any] = {
        "type": f"urn:promptfair:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **(extra or {}),
    }
    if errors:
        body["errors"] = errors
    return problem_from_body(body, status=status, headers=headers)


def problem_from_body(body: Any, *, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Not DRF's Response: a problem must look the same whatever renderer the view had chosen."""
    return HttpResponse(
        json.dumps(body, ensure_ascii=False).encode(),
        status=status,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def flatten_errors(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested lists and dicts as one level, with dots: `items.0.listing`."""
    if isinstance(detail, Mapping):
        pairs = [(_join(path, str(name)), value) for name, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(entry, (dict, list)) for entry in detail):
        pairs = [(_join(path, str(index)), value) for index, value in enumerate(detail) if value]
    else:
        messages = detail if isinstance(detail, list) else [detail]
        return {path or WHOLE_BODY: [str(message) for message in messages]}
    flat: dict[str, list[str]] = {}
    for name, value in pairs:
        for field, messages in flatten_errors(value, name).items():
            flat.setdefault(field, []).extend(messages)
    return flat


def _join(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _problem_of_api_exception(error: exceptions.APIException) -> HttpResponse:
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), error.default_code)
    detail = str(error.detail)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, MissingScope):
        code, extra = error.default_code, {"scope": error.scope}
    elif isinstance(error, exceptions.ValidationError):
        errors = flatten_errors(error.detail)
        detail = " ".join(f"{field}: {messages[0]}" for field, messages in list(errors.items())[:3])
    elif isinstance(error, exceptions.Throttled):
        wait = max(1, int(getattr(error, "wait", None) or 1))
        headers["Retry-After"] = str(wait)
        detail = _("Too many requests. Try again in %(seconds)s s.") % {"seconds": wait}
    return problem(
        status=error.status_code, code=code, detail=detail, errors=errors, extra=extra, headers=headers
    )


def _log_unexpected(error: Exception, context: Mapping[str, Any]) -> None:
    """Where and what kind, but never the error's own words: a database error quotes the row, text and all."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    view = type(context.get("view")).__name__
    logger.error("Unexpected %s in %s\n%s", type(error).__name__, view, frames)
