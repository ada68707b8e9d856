"""Copies of public pages in the process's memory, each kept as long as it is true, a minute at most.

A copy is filed under the stamp of the public state (listings.queries.public_state) that was read before the
page was made: as soon as anything that anyone may see is changed, the stamp is another one and no copy is
found. Only what a guest gets is kept: whoever is signed in, has a cart or a message waiting, gets a page of
their own. What was paid for is on no such page.
"""

import datetime
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from common import clock
from common.replica import COOKIE as LOG_POSITION
from listings.queries.public_state import public_stamp
from marketplace.attribution import COOKIE as ARRIVALS

View = Callable[..., HttpResponse]

_TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}(?=")')
# Cookies that make no difference to a public page; with any other one, the page is made anew.
_HARMLESS = {LOG_POSITION, ARRIVALS}
# Time alone changes what pages say ("yesterday", the runs of 60 days), and no row tells.
LONGEST = datetime.timedelta(minutes=1)
# Longer addresses are hardly asked for twice.
_LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class Copy:
    """An answer: its body, cut where each reader's own token against forgery belongs; what it is about."""

    parts: tuple[bytes, ...]
    headers: dict[str, str]
    about: Any
    made_at: datetime.datetime

    @property
    def size(self) -> int:
        return sum(map(len, self.parts)) + 500

    def body(self, request: HttpRequest) -> bytes:
        if len(self.parts) == 1:
            return self.parts[0]
        return get_token(request).encode().join(self.parts)


class Copies:
    """As many as fit in so many bytes; those least asked for go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: OrderedDict[Hashable, Copy] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Copy | None:
        with self._lock:
            copy = self._copies.get(key)
            if copy is None or abs(clock.now() - copy.made_at) > LONGEST:
                return None
            self._copies.move_to_end(key)
            return copy

    def put(self, key: Hashable, copy: Copy) -> None:
        limit = settings.PAGE_COPIES_MB * 1_000_000
        if copy.size > limit / 10:
            return
        with self._lock:
            if (before := self._copies.pop(key, None)) is not None:
                self._bytes -= before.size
            self._copies[key] = copy
            self._bytes += copy.size
            while self._bytes > limit:
                self._bytes -= self._copies.popitem(last=False)[1].size

    def __len__(self) -> int:
        return len(self._copies)

    def clear(self) -> None:
        with self._lock:
            self._copies.clear()
            self._bytes = 0


COPIES = Copies()


def kept(*cookies: str) -> Callable[[View], View]:
    """Keep copies of what a view answers to guests. The view shows the address asked for, the language and
    public rows, nothing else of the request; `cookies` make no difference to it.
    """

    def decorated(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not _is_public(request, cookies):
                return view(request, *args, **kwargs)
            key = copy_key(request)
            if copy := COPIES.get(key):
                return copy_response(copy, request)
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and not response.streaming and not response.cookies:
                COPIES.put(key, _copied(response))
            return response

        return answered

    return decorated


def copy_key(request: HttpRequest, *more: Hashable) -> Hashable:
    """What an answer is filed under. Call it before reading what is to be kept."""
    return (*public_stamp(), get_language(), request.get_host(), request.get_full_path(), *more)


def copy_response(copy: Copy, request: HttpRequest) -> HttpResponse:
    response = HttpResponse(copy.body(request), headers=copy.headers)
    return answer_about(copy.about, response)


def answer_about(about: Any, response: HttpResponse) -> HttpResponse:
    """The answer with what is done about it each time, also when it is a copy: `about_of` tells."""
    response.about = about  # type: ignore[attr-defined]
    return response


def about_of(response: HttpResponse) -> Any:
    return getattr(response, "about", None)


def _is_public(request: HttpRequest, cookies: Collection[str]) -> bool:
    return (
        bool(settings.PAGE_COPIES_MB)
        and request.method == "GET"
        and "HX-Request" not in request.headers
        and "Authorization" not in request.headers
        and len(request.get_full_path()) <= _LONGEST_ADDRESS
        and all(
            name in _HARMLESS
            or name in cookies
            or name in {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
            for name in request.COOKIES
        )
    )


def _copied(response: HttpResponse) -> Copy:
    return Copy(
        parts=tuple(_TOKEN.split(response.content)),
        headers=dict(response.items()),
        about=about_of(response),
        made_at=clock.now(),
    )
