"""Keeping the pages in the language a person has chosen."""

from django.conf import settings
from django.http import HttpResponseBase

YEAR_SECONDS = 365 * 24 * 3600


def language_remember(response: HttpResponseBase, language: str) -> None:
    """Set the cookie that LocaleMiddleware reads, so that the next page is in `language`."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
