"""The door of the moderators' desk: to everybody else it is not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from marketplace.pages.people import signed_in


def moderator_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For signed-in moderators, and never stored: these pages hold prompts before they are bought."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = signed_in(request)
        if not (user.is_active and user.is_staff):
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(login_required(guarded))
