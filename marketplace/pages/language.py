"""The language switch in every page's footer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts.models import User
from accounts.services import profile_update


@require_POST
def language_switch(request: HttpRequest) -> HttpResponseBase:
    """Turn the pages into another language; for someone signed in also the mails, and the next visit."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        profile_update(user=request.user, language=language)
    return set_language(request)
