"""What a visitor looked at last, kept by their browser alone: a cookie of ids, which they can clear."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

COOKIE = "recent"
KEPT = 12
_DAYS_KEPT = 30
_MOST_DIGITS = 12


def recently_viewed(request: HttpRequest) -> list[int]:
    """Ids, the last one first. What a browser sends may be anything."""
    parts = request.COOKIES.get(COOKIE, "").split(".")[:KEPT]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS]


def view_remember(request: HttpRequest, response: HttpResponseBase, listing_id: int) -> None:
    """Put a listing first, unless the browser says that it does not want to be followed."""
    if request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1":
        return
    ids = [listing_id, *(pk for pk in recently_viewed(request) if pk != listing_id)][:KEPT]
    response.set_cookie(
        COOKIE,
        ".".join(map(str, ids)),
        max_age=_DAYS_KEPT * 86_400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def views_forget(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
