"""Errors in Stripe's shape. Raise `StripeError`; the API turns it into `{"error": {...}}` and a status."""

from .jsontypes import Json

DOCUMENTED_CODES = {
    "account_invalid",
    "amount_too_small",
    "balance_insufficient",
    "card_declined",
    "charge_already_refunded",
    "charge_disputed",
    "parameter_missing",
    "parameter_unknown",
    "resource_missing",
    "url_invalid",
}


class StripeError(Exception):
    """An answer that is not 2xx. `validation` errors are never kept under an idempotency key."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        validation: bool = False,
        extra: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.validation = validation
        self.extra = extra or {}

    def body(self, request_id: str) -> Json:
        """Return the JSON body of the answer."""
        error: Json = {"type": self.type, "message": self.message}
        if self.code:
            error["code"] = self.code
        if self.code in DOCUMENTED_CODES:
            error["doc_url"] = f"https://docs.stripe.com/error-codes#{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/workbench/logs?object={request_id}"
        return {"error": error | self.extra}


def missing(kind: str, object_id: str, *, param: str = "id", status: int = 404) -> StripeError:
    """Return the 404 for an object that does not exist; Stripe says 400 for some that a parameter names."""
    message = f"No such {kind}: '{object_id}'"
    return StripeError(message, status=status, code="resource_missing", param=param)


def no_access(account_id: str) -> StripeError:
    """Return the 403 for an account that is not connected, or no longer."""
    return StripeError(
        f"The provided key does not have access to account '{account_id}' (or that account does not exist). "
        "Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """Return a 400 for a parameter that Stripe would refuse before it starts work."""
    return StripeError(message, code=code, param=param, validation=True)
