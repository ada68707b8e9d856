"""Errors that people and programs can act on."""

from collections.abc import Mapping, Sequence
from typing import Any


class DomainError(Exception):
    """A rule of the marketplace was broken.

    `code` is stable (clients match on it), `message` is a sentence for a person, `status` is the
    HTTP status a face answers with, `errors` maps a field to its messages.
    """

    code = "invalid"
    status = 400

    def __init__(
        self,
        message: Any,
        *,
        code: str | None = None,
        status: int | None = None,
        errors: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.errors = {field: list(messages) for field, messages in (errors or {}).items()}


class InvalidInput(DomainError):
    """One or more fields break a rule; `errors` names each field and the rule."""

    code = "invalid"
    status = 400

    @classmethod
    def of(cls, field: str, message: Any, *, code: str | None = None) -> "InvalidInput":
        return cls(message, code=code, errors={field: [message]})


class Conflict(DomainError):
    """The request is well formed, but the state of things does not allow it."""

    code = "conflict"
    status = 409


class NotFound(DomainError):
    """Absent, or not for this person: strangers get the same answer for both."""

    code = "not_found"
    status = 404


class Unavailable(DomainError):
    """Something outside (Stripe, say) did not answer; trying again may work and is safe."""

    code = "unavailable"
    status = 503
