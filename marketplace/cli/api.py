"""The REST API over HTTP: JSON there and back, problems as errors, patience where the site asks for it."""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.cli.kept import Access, Complaint
from marketplace.cli.words import gettext as _
from marketplace.cli.words import language

TIMEOUT_SECONDS = 60
TRIES = 5
LONGEST_WAIT = 60
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Problem(Complaint):
    """What the API refused, with the code that programs match on."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status, self.code = status, str(body.get("code", ""))
        self.errors: Mapping[str, list[str]] = body.get("errors") or {}
        detail = str(body.get("detail") or _("The site answered %(status)d.") % {"status": status})
        named = [f"{name}: {' '.join(messages)}" for name, messages in self.errors.items()]
        super().__init__("\n  ".join([detail, *(line for line in named if line not in detail)]))


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The API redirects nobody; a token must not follow to another host."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


class Api:
    """Calls below `/api/v1/`. Repeats what is safe to repeat; what is not, the caller says."""

    def __init__(self, access: Access) -> None:
        parts = urllib.parse.urlsplit(access.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Complaint(_("%(url)s is no address of a site.") % {"url": access.url})
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Complaint(_("A token is sent over https:// only. Correct the address."))
        self._base = f"{access.url.rstrip('/')}/api/v1/"
        self._token = access.token
        self._opener = urllib.request.build_opener(NoRedirects)

    def get(self, path: str, **query: Any) -> Any:
        given = {name: value for name, value in query.items() if value not in (None, "", False)}
        return self._call("GET", f"{path}?{urllib.parse.urlencode(given)}" if given else path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._call("POST", path, body or {})

    def each(self, path: str, **query: Any) -> Iterator[Any]:
        """Every row of a list, page by page."""
        page = self.get(path, **query)
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            following = urllib.parse.urlsplit(page["next"]).query
            page = self._call("GET", f"{path}?{following}")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(method, path, body)
            except urllib.error.HTTPError as error:
                with error:
                    wait = _wait_seconds(error, attempt)
                    if wait is None or attempt == TRIES:
                        raise _problem(error) from None
            except (OSError, http.client.HTTPException) as error:
                wait = 2**attempt / 4
                if attempt == TRIES:
                    reason = getattr(error, "reason", error)
                    sentence = _("%(url)s does not answer: %(reason)s")
                    raise Complaint(sentence % {"url": self._base, "reason": reason}) from None
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(self._base + path, method=method)  # noqa: S310 - http(s), see above
        request.add_header("Accept", "application/json")
        request.add_header("Accept-Language", language())
        request.add_header("User-Agent", "promptfair-cli")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            content = answer.read()
        return json.loads(content) if content else None


def _wait_seconds(error: urllib.error.HTTPError, attempt: int) -> float | None:
    """How long until it is worth trying again; None if it is not."""
    if error.code not in {429, 502, 503, 504}:
        return None
    told = error.headers.get("Retry-After", "")
    return min(float(told), LONGEST_WAIT) if told.isdigit() else 2**attempt / 4


def _problem(error: urllib.error.HTTPError) -> Complaint:
    try:
        body = json.loads(error.read())
    except ValueError:
        body = {}
    if error.code == 401:
        return Complaint(_("You are not logged in, or your token has ended. Run: promptfair login"))
    return Problem(error.code, body if isinstance(body, dict) else {})
