"""Following a seller, a model or a tag, and the page of what one follows."""

import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.errors import DomainError, NotFound
from listings.queries.cards import cards_of
from marketplace.community.followed import follow_button, follows_of, new_listings
from marketplace.community.following import follow_add, follow_remove, target_get
from marketplace.pages.buying_access import buyer_page, typed
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.people import signed_in

PAGE_SIZE = 50
SHOWN = 12
NEW_FOR = datetime.timedelta(days=30)


@buyer_page
@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """What came from there in the last thirty days, and the list itself."""
    user = signed_in(request)
    page = Paginator(follows_of(user), PAGE_SIZE).get_page(request.GET.get("page"))
    now = clock.now()
    new = new_listings(user, since=now - NEW_FOR, until=now + datetime.timedelta(seconds=1))
    context = {"page": page, "cards": cards_of(new[:SHOWN]) if page.object_list else []}
    return render(request, "pages/buying/following.html", context)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def follow_change(request: HttpRequest) -> HttpResponse:
    """`add` or `remove`, and back to its page. GET leads there: it is how one comes from the sign-in."""
    asked = request.POST if request.method == "POST" else request.GET
    user = signed_in(request)
    try:
        target = target_get(typed(asked.get("kind", ""), 10), typed(asked.get("name", ""), 60))
    except NotFound as error:
        raise Http404 from error
    if request.method != "POST":
        return redirect(target.url)
    remove = request.POST.get("do") == "remove"
    try:
        (follow_remove if remove else follow_add)(user=user, target=target)
    except DomainError as error:
        messages.error(request, error.message)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "components/follow.html", {"follow": follow_button(user, target.row)})
    if request.POST.get("from") == "list":
        messages.success(request, _("You do not follow “%(name)s” any more.") % {"name": target.row})
        return see_other("/following/")
    return see_other(target.url)
