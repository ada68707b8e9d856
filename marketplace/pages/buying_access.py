"""The doors of the buying pages: an order and a library item exist for their buyer alone."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from common.errors import NotFound
from marketplace.addresses import client_address
from marketplace.pages.people import signed_in
from payments.models import Entitlement, Order
from payments.queries import entitlement_get, order_get
from payments.services import entitlement_open


def buyer_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For people who are signed in, and never stored: what is on these pages was paid for."""
    return never_cache(login_required(view))


def own_order_or_404(request: HttpRequest, order_id: Any) -> Order:
    """An order of the buyer who asks; for anyone else's, the answer is that there is none."""
    try:
        return order_get(signed_in(request), uuid.UUID(str(order_id)))
    except (NotFound, ValueError) as error:
        raise Http404 from error


def opened_item_or_404(request: HttpRequest, entitlement_id: uuid.UUID, *, via: str) -> Entitlement:
    """What the buyer may read, noted as opened: from now on a refund is no longer automatic.

    `via` is the way, for the access log: `page`, `file` or `render`.
    """
    try:
        entitlement = entitlement_get(signed_in(request), entitlement_id)
    except NotFound as error:
        raise Http404 from error
    if request.method != "HEAD":
        entitlement_open(entitlement=entitlement, via=via, address=client_address(request))
    return entitlement


def typed(value: str, length: int = 200) -> str:
    """What came in a query string, as the database can take it."""
    return value.replace("\0", "").strip()[:length]
