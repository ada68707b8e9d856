"""What a person is told, newest first; read and unread again."""

import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import NotFound
from marketplace.notifying.queries import notifications_of
from marketplace.notifying.services import (
    all_read,
    all_read_undo,
    notification_get,
    notification_read,
    notification_unread,
)
from marketplace.notifying.words import told
from marketplace.pages.buying_access import buyer_page, typed
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.people import signed_in

PAGE_SIZE = 25


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """The list. POST marks all as read, or with `undo` takes that back."""
    if request.method == "POST":
        return _all(request)
    page = Paginator(notifications_of(signed_in(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [told(row) for row in page.object_list],
        "read_at": _moment(request.GET.get("read", "")),
    }
    return render(request, "pages/account/notifications.html", context)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """GET leads where it points, and it is read from then on. POST marks it `read` or `unread`."""
    try:
        row = notification_get(signed_in(request), pk)
    except NotFound as error:
        raise Http404 from error
    if request.method == "POST":
        (notification_unread if request.POST.get("do") == "unread" else notification_read)(notification=row)
        page = typed(request.POST.get("page", ""), 9)
        return see_other(reverse("notifications") + (f"?page={page}" if page.isdecimal() else ""))
    if request.method == "GET":
        notification_read(notification=row)
    return redirect(row.path)


def _all(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if "undo" in request.POST:
        if at := _moment(request.POST["undo"]):
            all_read_undo(user=user, at=at)
        return see_other(reverse("notifications"))
    at = all_read(user=user)
    if at is None:
        messages.info(request, _("There was nothing unread."))
        return see_other(reverse("notifications"))
    return see_other(reverse("notifications", query={"read": at.isoformat()}))


def _moment(value: str) -> datetime.datetime | None:
    try:
        moment = parse_datetime(value[:40])
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
