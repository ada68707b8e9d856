"""Apps of others: who registered them, what they may do for whom. Tokens and the protocol are allauth's.

docs/decisions/0010-oauth-by-allauth.md says why, docs/oauth.md how it is used.
"""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, Token
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Scope, User
from accounts.queries import scopes_available
from accounts.services import audit_record
from common import clock
from common.errors import Conflict, InvalidInput
from common.texts import one_line

GRANTS = (Client.GrantType.AUTHORIZATION_CODE.value, Client.GrantType.REFRESH_TOKEN.value)
APPS_PER_USER = 20
MAX_REDIRECTS = 10
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# An app that registered itself and that nobody let in is forgotten.
UNUSED_KEPT = datetime.timedelta(days=30)


@dataclass(frozen=True)
class LetIn:
    """An app that may act for a user, and how far."""

    client: Client
    scopes: list[str]
    since: datetime.datetime


class OAuthAdapter(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth has no types
    """Our scopes, our address, and which apps may register themselves."""

    scope_display = {scope.value: scope.label for scope in Scope}

    def get_issuer(self) -> str:
        return str(settings.PUBLIC_URL)

    def validate_resource_uris(self, *, uris: list[str], **_named: Any) -> None:
        for uri in uris:
            if uri.rstrip("/") not in {resource.rstrip("/") for resource in resources()}:
                raise ValidationError("There is no such resource here.")

    def validate_client_registration(self, *, client: Client, **_named: Any) -> None:
        """Raises ValidationError. What an app does not ask for is left open to the person who lets it in."""
        if client.get_scopes() == ["openid"]:
            client.set_scopes(list(Scope.values))
        unknown = set(client.get_scopes()) - set(Scope.values)
        if unknown:
            raise ValidationError(f"Unknown scope: {sorted(unknown)[0]}")
        if not set(client.get_grant_types()) <= set(GRANTS) or client.get_response_types() != ["code"]:
            raise ValidationError("Only authorization_code and refresh_token with the response type code.")
        problems = redirect_problems(client.get_redirect_uris())
        if problems:
            raise ValidationError(problems[0])
        client.name = one_line(client.name)[:60] or urlsplit(client.get_redirect_uris()[0]).netloc[:60]


class ConsentForm(forms.Form):
    """What a person lets an app do: no more than it asks for, no more than their account may."""

    request = forms.CharField(widget=forms.HiddenInput)
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, requested_scopes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in scopes_available(user) if scope in requested_scopes]
        scopes: forms.MultipleChoiceField = self.fields["scopes"]  # type: ignore[assignment]
        scopes.label = _("What the app may do")
        scopes.choices = [(scope.value, scope.label) for scope in offered]
        scopes.initial = [scope.value for scope in offered]


def resources() -> tuple[str, str]:
    """What tokens are for: the API and the MCP server."""
    return f"{settings.PUBLIC_URL}/api", str(settings.MCP_URL)


def app_token_find(secret: str, *, resource: str) -> Token | None:
    """An app's access token by its secret, if it is for this resource and its user is active."""
    tokens = Token.objects.select_related("user").filter(user__is_active=True)
    found = tokens.lookup(Token.Type.ACCESS_TOKEN, secret)
    if found is None:
        return None
    granted = [each.rstrip("/") for each in found.get_resources()]
    return found if not granted or resource.rstrip("/") in granted else None


def apps_of(owner: User) -> QuerySet[Client]:
    """The apps a user registered, newest first."""
    apps: QuerySet[Client] = Client.objects.filter(owner=owner).order_by("-created_at")
    return apps


def apps_let_in(user: User) -> list[LetIn]:
    """The apps that may act for a user, last let in first."""
    tokens = Token.objects.valid().filter(user=user, client__isnull=False)
    newest = tokens.values("client").annotate(since=Max("created_at")).order_by("-since")
    clients = Client.objects.in_bulk([row["client"] for row in newest])
    found = []
    for row in newest:
        scopes = {scope for token in tokens.filter(client=row["client"]) for scope in token.get_scopes()}
        client = clients[row["client"]]
        found.append(LetIn(client, [scope for scope in Scope.values if scope in scopes], row["since"]))
    return found


@transaction.atomic
def app_create(*, owner: User, name: str, redirect_uris: list[str], is_public: bool) -> tuple[Client, str]:
    """Register an app; the second value is its secret, shown once, empty for a public one.

    A public app runs where nobody keeps a secret: on people's machines, in browsers. Raises InvalidInput
    naming the field; Conflict (`too_many_apps`) at 20.
    """
    name = one_line(name)
    errors = {"name": [] if 0 < len(name) <= 60 else [_("Use 1 to 60 characters.")]}
    errors["redirect_uris"] = redirect_problems(redirect_uris)
    if any(errors.values()):
        found = {field: messages for field, messages in errors.items() if messages}
        raise InvalidInput(next(iter(found.values()))[0], errors=found)
    if apps_of(owner).count() >= APPS_PER_USER:
        raise Conflict(_("You have 20 apps. Delete one you no longer use first."), code="too_many_apps")
    client = Client(
        owner=owner, name=name, type=Client.Type.PUBLIC if is_public else Client.Type.CONFIDENTIAL
    )
    secret = OAuthAdapter().generate_client_secret()
    client.set_secret(secret)
    client.set_scopes(list(Scope.values))
    client.set_grant_types(list(GRANTS))
    client.set_redirect_uris(redirect_uris)
    client.save()
    audit_record(actor=owner, action="app.created", subject=client)
    return client, "" if is_public else secret


@transaction.atomic
def app_delete(*, client: Client) -> None:
    """Unregister an app; its tokens end with it."""
    audit_record(actor=client.owner, action="app.deleted", subject=client)
    client.delete()


@transaction.atomic
def app_shut_out(*, user: User, client: Client) -> None:
    """End all that an app may do for a user. Letting it in again is a new consent."""
    Token.objects.filter(user=user, client=client).delete()
    audit_record(actor=user, action="app.shut_out", subject=client)


def apps_forget() -> int:
    """Delete ended tokens, and apps that registered themselves and that nobody lets in. How many apps."""
    now = clock.now()
    Token.objects.filter(expires_at__lt=now).delete()
    used = Exists(Token.objects.filter(client=OuterRef("pk")))
    unused = Client.objects.filter(~Q(used), owner=None, created_at__lt=now - UNUSED_KEPT)
    count: int = unused.delete()[0]
    return count


def redirect_problems(uris: list[str]) -> list[str]:
    """Why an app could not be sent back to these addresses; empty when it could."""
    if not 0 < len(uris) <= MAX_REDIRECTS:
        return [_("Give 1 to 10 addresses.")]
    for uri in uris:
        if not _is_good_redirect(uri):
            sentence = _("%(uri)s: use https, or http on the person's own machine, without # and *.")
            return [sentence % {"uri": uri[:100]}]
    return []


def _is_good_redirect(uri: str) -> bool:
    """https; http on one's own machine; or an app's own scheme, which has a dot (RFC 8252)."""
    try:
        parts = urlsplit(uri)
        has_port = parts.port != 0
    except ValueError:
        return False
    if len(uri) > 500 or not uri.isprintable() or any(mark in uri for mark in "#*\\ ") or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and has_port
    if parts.scheme == "http":
        return parts.hostname in LOOPBACK and has_port
    return "." in parts.scheme
