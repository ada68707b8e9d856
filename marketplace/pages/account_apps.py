"""Apps: those a person let in, with a way to shut them out, and those a person registered."""

from allauth.idp.oidc.models import Client
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import show_errors
from accounts.models import Scope
from accounts.oauth import app_create, app_delete, app_shut_out, apps_let_in, apps_of
from common.errors import DomainError
from marketplace.pages.people import signed_in


class AppForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("People read it when they let it in."),
    )
    redirect_uris = forms.CharField(
        label=gettext_lazy("Where people come back to"),
        help_text=gettext_lazy("Addresses, one per line: https, or http on the person's own machine."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("It runs on people's machines or in browsers, where no secret is kept"),
        required=False,
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def apps(request: HttpRequest) -> HttpResponse:
    """Both lists and the form for a new app, whose answer is the only page to show its secret."""
    user = signed_in(request)
    form = AppForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client, secret = app_create(
                owner=user,
                name=form.cleaned_data["name"],
                redirect_uris=form.cleaned_data["redirect_uris"].split(),
                is_public=form.cleaned_data["is_public"],
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            context = {"client": client, "secret": secret, "section": "apps"}
            return render(request, "pages/account/app_created.html", context)
    let_in = [
        {"client": each.client, "since": each.since, "scopes": [Scope(scope).label for scope in each.scopes]}
        for each in apps_let_in(user)
    ]
    context = {
        "form": form,
        "let_in": let_in,
        "own": apps_of(user),
        "section": "apps",
        "metadata_url": f"{settings.PUBLIC_URL}/.well-known/oauth-authorization-server",
    }
    return render(request, "pages/account/apps.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def app_access_end(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask once, then shut the app out."""
    user = signed_in(request)
    client = get_object_or_404(Client.objects.filter(token__user=user).distinct(), pk=pk)
    if request.method == "POST":
        app_shut_out(user=user, client=client)
        messages.success(request, _("“%(name)s” can no longer act for you.") % {"name": client.name})
        return redirect("account_apps")
    return render(request, "pages/account/app_end.html", {"client": client, "section": "apps"})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def app_removal(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask once, then unregister one's own app. Another person's does not exist here."""
    client = get_object_or_404(apps_of(signed_in(request)), pk=pk)
    if request.method == "POST":
        name = client.name
        app_delete(client=client)
        messages.success(request, _("“%(name)s” is deleted, and nobody is let in by it.") % {"name": name})
        return redirect("account_apps")
    return render(request, "pages/account/app_delete.html", {"client": client, "section": "apps"})
