"""Where Stripe tells us things: verify, store once, answer. Everything else is a task's work."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.gateway import SignatureInvalid, event_verify
from payments.services.events import event_store

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponseBase:
    """Events of our own account."""
    return _receive(request, settings.STRIPE_WEBHOOK_SECRET, is_connect=False)


@csrf_exempt
@require_POST
def connect_webhook(request: HttpRequest) -> HttpResponseBase:
    """Events of sellers' connected accounts, signed with a secret of their own."""
    return _receive(request, settings.STRIPE_CONNECT_WEBHOOK_SECRET, is_connect=True)


def _receive(request: HttpRequest, secrets: str, *, is_connect: bool) -> HttpResponse:
    """Several secrets, separated by commas, serve while one is rolled over."""
    try:
        event = event_verify(
            body=request.body,
            signature=request.headers.get("Stripe-Signature", ""),
            secrets=[secret.strip() for secret in secrets.split(",") if secret.strip()],
        )
    except SignatureInvalid:
        logger.warning("A webhook without a valid signature was refused")
        return HttpResponse(
            "The signature is missing, wrong or stale.\n", status=400, content_type="text/plain"
        )
    event_store(event=event, is_connect=is_connect)
    return HttpResponse("ok\n", content_type="text/plain")
