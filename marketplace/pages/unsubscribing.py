"""The way out of mails, from the mail itself: no log-in, no session, no end.

RFC 8058: mail programs POST `List-Unsubscribe=One-Click` to the address in the header, and must not be asked
anything. Whoever follows the link is asked: programs that look at links would otherwise unsubscribe people.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.notices import mails_resume, mails_stop, unsubscribe_read
from common.errors import NotFound


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks. POST stops the mails of that kind, or with `do=resume` lets them come again."""
    try:
        user, kind = unsubscribe_read(token)
    except NotFound as error:
        raise Http404 from error
    state = "asked"
    if request.method == "POST" and request.POST.get("do") == "resume":
        mails_resume(user=user, kind=kind)
        state = "resumed"
    elif request.method == "POST":
        mails_stop(user=user, kind=kind)
        state = "stopped"
    with translation.override(user.language):
        return render(request, "pages/account/unsubscribe.html", {"kind": kind, "state": state})
