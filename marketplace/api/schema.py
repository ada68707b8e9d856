"""How the OpenAPI schema is made: beside what a view declares, it documents scopes and every problem."""

from functools import cache
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, inline_serializer
from rest_framework import serializers

from marketplace.api.examples import examples_of
from marketplace.api.selecting import parameters_of

PROBLEM_MEDIA_TYPE = "application/problem+json"
DESCRIPTIONS = {
    "400": "A field or parameter breaks a rule; `errors` names it. Or the body is not JSON (`malformed`).",
    "401": "No token (`not_authenticated`), or one that is unknown, expired or revoked (`invalid_token`).",
    "403": "The token lacks a scope (`missing_scope`), or its user the role.",
    "404": "Absent, or not yours: strangers get the same answer for both.",
    "406": "Only JSON is spoken here (`not_acceptable`).",
    "409": "The state of things does not allow it; `code` says why.",
    "413": "The body is too large (`too_large`).",
    "415": "The body is not `application/json` (`unsupported_media_type`).",
    "429": "Too many requests (`rate_limited`); `Retry-After` says when to try again.",
    "503": "Our database, or Stripe, does not answer just now; trying again after `Retry-After` is safe.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details. Programs match on `code`; `detail` is for people."""

    type = serializers.CharField(
        help_text="A URI for this kind of problem: `urn:promptfair:problem:` and the code."
    )
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # the shape's name
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Messages by field; nested fields have dots, as in `items.0.listing`.",
    )
    scope = serializers.CharField(required=False, help_text="With `missing_scope`: the scope it needs.")


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes `BearerTokenAuthentication`."""

    target_class = "marketplace.api.authentication.BearerTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Made on your account page (`/account/`). Operations name the scope they need.",
        }


class ApiSchema(AutoSchema):
    """Views are marketplace.api.base.ApiView, whose `public` and `scopes` it reads."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self._is_public:
            return [{"token": []}, {}]
        return [{"token": [self._scope] if self._scope else []}]

    def get_description(self) -> str:  # type: ignore[override]  # DRF's own schemas take arguments
        """The view's own words: those it inherits are for who writes views, not for who calls them."""
        view = type(self.view)
        description: str = super().get_description()
        return "" if view.__doc__ is None and description == get_doc(view) else description

    def get_override_parameters(self) -> list[Any]:
        """`fields` and `expand`, where the view takes them."""
        if self.method != "GET":
            return []
        return parameters_of(self._api_view)

    def is_deprecated(self) -> bool:
        return bool(self._api_view.deprecations.get(self.method)) or super().is_deprecated()

    def get_examples(self) -> list[OpenApiExample]:
        return [*super().get_examples(), *examples_of(self.get_operation_id())]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None and not self._is_public:
            needs = f"Needs the scope `{self._scope}`." if self._scope else "Needs a token."
            operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
        return operation

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            bodies.setdefault(status, self._problem(status))
        return dict(sorted(bodies.items()))

    def _problem_statuses(self) -> list[str]:
        statuses = ["401", "406", "429", "503"]
        if not self._is_public:
            statuses.append("403")
        if self.method in {"POST", "PATCH"} or self._get_parameters():
            statuses.append("400")
        if self.method in {"POST", "PATCH"}:
            statuses += ["413", "415"]
        if "{" in self.path:
            statuses.append("404")
        if self.method != "GET":
            statuses.append("409")
        return statuses

    def _problem(self, status: str) -> Any:
        response = OpenApiResponse(ProblemSerializer, description=DESCRIPTIONS[status])
        make: Any = self._get_response_for_code
        return make(response, status, media_types=[PROBLEM_MEDIA_TYPE])

    @property
    def _api_view(self) -> Any:
        return self.view

    @property
    def _is_public(self) -> bool:
        return self.method in self._api_view.public

    @property
    def _scope(self) -> str | None:
        scope = self._api_view.scopes.get(self.method)
        return str(scope) if scope else None


@cache
def page_of(serializer: type[serializers.BaseSerializer[Any]]) -> Any:
    """The schema of one page of a list: `{results, next, previous}`."""
    name = serializer.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}Page",
        {
            "results": serializer(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )
