"""Webhooks in the studio: endpoints, their secrets, what was sent and what came of it, sending again."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from marketplace.outgoing.models import (
    PauseReason,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookEvent,
    WebhookMessage,
)
from marketplace.outgoing.services import (
    endpoint_create,
    endpoint_delete,
    endpoint_get,
    endpoint_pause,
    endpoint_resume,
    endpoint_test,
    endpoint_update,
    endpoints_of,
    message_resend,
    secret_renew,
)
from marketplace.pages.selling_access import SellerRequest, seller_page

PAGE_SIZE = 25

ERRORS = {
    "timeout": gettext_lazy("No answer within ten seconds"),
    "no_connection": gettext_lazy("No connection"),
    "bad_certificate": gettext_lazy("The certificate is not valid"),
    "bad_answer": gettext_lazy("The answer is not HTTP"),
    "not_found": gettext_lazy("The name cannot be found"),
    "not_public": gettext_lazy("The name leads into a private network"),
    "not_https": gettext_lazy("The address is not https"),
    "bad_url": gettext_lazy("The address is not valid"),
}


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy("Begins with https:// and can be reached from the internet."),
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/webhooks", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=WebhookEvent.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one event.")},
    )


def own_endpoint_page(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
    """For the seller whose endpoint it is; for anyone else there is none."""

    @wraps(view)
    def guarded(request: SellerRequest, pk: uuid.UUID, **kwargs: Any) -> HttpResponse:
        try:
            endpoint = endpoint_get(request.seller, pk)
        except NotFound as error:
            raise Http404 from error
        return view(request, endpoint, **kwargs)

    return seller_page(guarded)


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: SellerRequest) -> HttpResponse:
    """The seller's endpoints and the form for a new one, whose answer is the only page to show the secret."""
    form = EndpointForm(request.POST or None, initial={"events": [WebhookEvent.SALE_COMPLETED]})
    if request.method == "POST" and form.is_valid():
        try:
            endpoint = endpoint_create(seller=request.seller, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return _secret_shown(request, endpoint)
    context = {"form": form, "endpoints": endpoints_of(request.seller), "section": "webhooks"}
    return render(request, "pages/selling/webhooks.html", context, status=400 if form.errors else 200)


@own_endpoint_page
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: SellerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """One endpoint: its state, its log, and its form."""
    form = EndpointForm(request.POST or None, initial={"url": endpoint.url, "events": endpoint.events})
    if request.method == "POST" and form.is_valid():
        try:
            endpoint_update(endpoint=endpoint, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(endpoint)
    page = Paginator(_log(endpoint), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "endpoint": endpoint,
        "form": form,
        "page": page,
        "rows": [_row(each) for each in page.object_list],
        "section": "webhooks",
    }
    return render(request, "pages/selling/webhook.html", context, status=400 if form.errors else 200)


@own_endpoint_page
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: SellerRequest, endpoint: WebhookEndpoint, *, key: uuid.UUID) -> HttpResponse:
    """One message, word for word, with every try; POST sends it again."""
    found = get_object_or_404(_log(endpoint), key=key)
    if request.method == "POST":
        message_resend(endpoint=endpoint, key=key)
        messages.success(request, _("It is being sent again."))
        return redirect("studio_webhook_message", endpoint.pk, key)
    context = {"endpoint": endpoint, "row": _row(found), "section": "webhooks"}
    return render(request, "pages/selling/webhook_message.html", context)


@own_endpoint_page
@require_POST
def secret(request: SellerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """A new secret, shown by this answer alone."""
    return _secret_shown(request, secret_renew(endpoint=endpoint))


@own_endpoint_page
@require_POST
def state(request: SellerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """Pause, or go on."""
    if request.POST.get("state") == "paused":
        endpoint_pause(endpoint=endpoint, reason=PauseReason.SELLER)
        messages.success(request, _("Paused. What happens from now on is not sent there."))
    else:
        endpoint_resume(endpoint=endpoint)
        messages.success(request, _("Active. What was waiting is being sent."))
    return redirect(endpoint)


@own_endpoint_page
@require_POST
def test(request: SellerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """Send a message that means nothing, and show what comes of it."""
    return redirect("studio_webhook_message", endpoint.pk, endpoint_test(endpoint=endpoint).key)


@own_endpoint_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SellerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """Ask once, then end it."""
    if request.method == "POST":
        endpoint_delete(endpoint=endpoint)
        messages.success(request, _("Deleted. Nothing is sent there any more."))
        return redirect("studio_webhooks")
    context = {"endpoint": endpoint, "section": "webhooks"}
    return render(request, "pages/selling/webhook_delete.html", context)


def _secret_shown(request: SellerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    context = {"endpoint": endpoint, "section": "webhooks"}
    return render(request, "pages/selling/webhook_secret.html", context)


def _log(endpoint: WebhookEndpoint) -> QuerySet[WebhookMessage]:
    tries = Prefetch("tries", WebhookAttempt.objects.order_by("-pk"))
    return WebhookMessage.objects.filter(endpoint=endpoint).prefetch_related(tries).order_by("-pk")


def _row(message: WebhookMessage) -> dict[str, Any]:
    """A message with its state and its tries in words."""
    labels = {"delivered": _("Delivered"), "failed": _("Given up"), "pending": _("Waiting")}
    tries = [
        {
            "at": each.attempted_at,
            "milliseconds": each.milliseconds,
            "outcome": str(ERRORS.get(each.error, each.error)) if each.error else f"HTTP {each.status_code}",
        }
        for each in message.tries.all()
    ]
    return {"message": message, "status": message.status, "label": labels[message.status], "tries": tries}
