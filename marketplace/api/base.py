"""What every view of the API has in common: scopes, limits, strict JSON, validators for caches."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.access import Access
from accounts.models import Scope, SellerProfile, User
from accounts.queries import seller_profile_of
from common.errors import DomainError
from marketplace.api.deprecation import Deprecation
from marketplace.api.problems import MissingScope, TooLarge
from marketplace.api.schema import ApiSchema
from marketplace.api.selecting import fields_of, with_fields
from marketplace.api.throttles import AddressThrottle, CountingThrottle, TokenThrottle

KEPT_ON_304 = (
    *("ETag", "Cache-Control", "Vary", "RateLimit", "RateLimit-Policy"),
    *("Access-Control-Allow-Origin", "Access-Control-Expose-Headers"),
)


class TokenMay(BasePermission):
    """The request has a token, and the token the scope its method needs; `public` methods need neither."""

    def has_permission(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]
        method = _read_as_get(request)
        if method in view.public:
            return True
        if not isinstance(request.auth, Access):
            return False
        scope = view.scopes.get(method)
        if scope is not None and scope not in request.auth.scopes:
            raise MissingScope(scope)
        return True


class StrictJSONParser(JSONParser):
    """JSON whose strings the database can hold, and that does not exhaust the stack."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type=media_type, parser_context=parser_context)
            unstorable = is_unstorable(data)
        except RecursionError as error:
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from error
        if unstorable:
            raise exceptions.ParseError(_("A string holds a NUL character or half a surrogate pair."))
        return data


class ApiView(APIView):
    """A resource of the API.

    `scopes` maps a method to the scope its token needs; a method without one needs any token, a `public`
    one none. `no_store` keeps answers with what was paid for out of every cache. `deprecations` names methods
    that will go. `max_body_bytes` is what a request may hold where that is not what JSON may.
    """

    public: ClassVar[frozenset[str]] = frozenset()
    scopes: ClassVar[Mapping[str, Scope]] = {}
    no_store: ClassVar[bool] = False
    # Whose fields a reader may choose among, and what each row may be told with.
    selectable: ClassVar[type[serializers.Serializer[Any]] | None] = None
    expandable: ClassVar[tuple[str, ...]] = ()
    deprecations: ClassVar[Mapping[str, Deprecation]] = {}
    max_body_bytes: ClassVar[int | None] = None

    schema = ApiSchema()
    metadata_class = None
    parser_classes = [StrictJSONParser]
    permission_classes = [TokenMay]
    throttle_classes = [TokenThrottle, AddressThrottle]
    _throttles: Sequence[CountingThrottle] = ()
    _fields: frozenset[str] | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As DRF does it, but counted before it is judged: refused requests cost something too."""
        self.format_kwarg = self.get_format_suffix(**kwargs)
        try:
            self.perform_authentication(request)
        except exceptions.AuthenticationFailed:
            request._not_authenticated()  # type: ignore[attr-defined]
            self.check_throttles(request)
            raise
        self.check_throttles(request)
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        self.check_permissions(request)
        _refuse_unstorable_query(request)
        if self.selectable is not None:
            self._fields = fields_of(request, self.selectable)
        most = self.max_body_bytes or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if int(request.META.get("CONTENT_LENGTH") or 0) > most:
            raise TooLarge

    def get_throttles(self) -> list[BaseThrottle]:
        """As DRF makes them, and kept for what they say of the request."""
        throttles = super().get_throttles()
        self._throttles = [each for each in throttles if isinstance(each, CountingThrottle)]
        return throttles

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = self._cache_control(request)
        patch_vary_headers(response, ["Authorization"])
        for throttle in self._throttles:
            for name, value in throttle.headers.items():
                response[name] = value
        if _read_as_get(request) in self.public:
            # What anyone may read, a page of anyone's may read; tokens have no place in such pages.
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = "ETag, RateLimit, RateLimit-Policy, Retry-After"
        if deprecation := self.deprecations.get(_read_as_get(request)):
            for name, value in deprecation.headers.items():
                response[name] = value
        if isinstance(response, Response) and response.status_code == 200 and _read_as_get(request) == "GET":
            if self.selectable is not None and self._fields is not None:
                response.data = with_fields(response.data, self._fields)
            response.add_post_render_callback(lambda rendered: _validated(request, rendered))
            if "Authorization" not in request.headers:
                response.add_post_render_callback(partial(_compressed, request._request))
        return response

    def _cache_control(self, request: Request) -> str:
        if self.no_store:
            return "no-store"
        return "private, no-cache" if "Authorization" in request.headers else "public, no-cache"


def user_of(request: Request) -> User:
    """The token's user. Only where the view demands a token."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def reader_of(request: Request) -> User | None:
    """The token's user, or None for an anonymous reader of a public resource."""
    return request.user if isinstance(request.user, User) else None


def seller_of(request: Request) -> SellerProfile:
    profile = seller_profile_of(user_of(request))
    if profile is None:
        raise DomainError(_("Open a storefront first: /sell/."), code="not_a_seller", status=403)
    return profile


def moderator_of(request: Request) -> User:
    user = user_of(request)
    if not user.is_staff:
        raise DomainError(_("Only moderators may do this."), code="not_a_moderator", status=403)
    return user


def has_scope(request: Request, scope: Scope) -> bool:
    return isinstance(request.auth, Access) and scope in request.auth.scopes


def _read_as_get(request: Request) -> str:
    return "GET" if request.method == "HEAD" else str(request.method)


def _validated(request: Request, response: HttpResponse) -> HttpResponse | None:
    """Give a rendered answer its ETag; an unchanged one becomes 304."""
    etag = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" not in known and etag.removeprefix("W/") not in {tag.removeprefix("W/") for tag in known}:
        return None
    kept = {name: response[name] for name in KEPT_ON_304 if response.has_header(name)}
    return HttpResponse(status=304, headers=kept)


def is_unstorable(data: Any) -> bool:
    """Whether a string in it is one that the database cannot hold."""
    if isinstance(data, str):
        return "\x00" in data or any("\ud800" <= character <= "\udfff" for character in data)
    if isinstance(data, dict):
        return any(is_unstorable(key) or is_unstorable(value) for key, value in data.items())
    if isinstance(data, list):
        return any(is_unstorable(value) for value in data)
    return False


def _refuse_unstorable_query(request: Request) -> None:
    for name, values in request.query_params.lists():
        if any("\x00" in value for value in values):
            raise exceptions.ValidationError({name: [_("NUL characters are not allowed.")]})


def _compressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Only what nobody's token was sent for: no secret stands beside what a stranger wrote (BREACH)."""
    return GZipMiddleware(lambda _request: response).process_response(request, response)


def canonical_json(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
