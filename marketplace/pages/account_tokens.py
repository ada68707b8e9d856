"""API tokens: list, make, show the secret once, revoke."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import TokenForm, show_errors
from accounts.models import Scope
from accounts.queries import tokens_of
from accounts.services import token_create, token_revoke
from common.errors import DomainError
from marketplace.pages.people import signed_in


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The user's tokens and the form for a new one, whose answer is the only page to show the secret."""
    user = signed_in(request)
    form = TokenForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = token_create(
                user=user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            context = {"token": token, "secret": secret, "section": "tokens"}
            return render(request, "pages/account/token_created.html", context)
    rows = [
        {"token": token, "scopes": [Scope(scope).label for scope in token.scopes]}
        for token in tokens_of(user)
    ]
    context = {"form": form, "rows": rows, "section": "tokens", "mcp_url": settings.MCP_URL}
    return render(request, "pages/account/tokens.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def token_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then revoke. Another person's token does not exist here."""
    token = get_object_or_404(tokens_of(signed_in(request)), pk=pk)
    if request.method == "POST":
        token_revoke(token=token)
        messages.success(
            request, _("Revoked. Programs using “%(name)s” are refused now.") % {"name": token.name}
        )
        return redirect("account_tokens")
    return render(request, "pages/account/token_revoke.html", {"token": token, "section": "tokens"})
