"""Asking a model for other words, at the one endpoint that the operator has set. Knows no database.

Any endpoint that speaks OpenAI's chat completions will do. Nobody else chooses the address: it comes from
the settings, redirects are not followed, and neither proxies nor passwords are taken from the environment.
What is sent and what comes back is in no log.
"""

import json
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

CONNECT_SECONDS = 5
MAX_ANSWER_BYTES = 200_000


class RewriterRefused(Exception):
    """The endpoint will not answer this however often it is asked; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RewriterAway(Exception):
    """No answer this time; asking later may work. Its text is ours, never the endpoint's."""


def rewriter_host() -> str:
    """Where texts would be sent; empty while the adapter is off."""
    if not (settings.REWRITE_API_URL and settings.REWRITE_MODEL):
        return ""
    return urlsplit(settings.REWRITE_API_URL).hostname or ""


def rewriter_ask(*, orders: str, text: str) -> str:
    """The model's answer. Raises RewriterRefused or RewriterAway, within about REWRITE_TIMEOUT_SECONDS."""
    body: dict[str, Any] = {
        "model": settings.REWRITE_MODEL,
        "messages": [{"role": "system", "content": orders}, {"role": "user", "content": text}],
    }
    until = time.monotonic() + settings.REWRITE_TIMEOUT_SECONDS
    headers = {"Authorization": f"Bearer {settings.REWRITE_API_KEY}"} if settings.REWRITE_API_KEY else {}
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                f"{settings.REWRITE_API_URL.rstrip('/')}/chat/completions",
                json=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, settings.REWRITE_TIMEOUT_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer:
                _require_success(answer.status_code)
                return _content(_read(answer, until))
        except requests.RequestException as error:
            raise RewriterAway(type(error).__name__) from None


def _require_success(status: int) -> None:
    if status in (408, 409, 425, 429) or status >= 500:
        raise RewriterAway(f"HTTP {status}")
    if status != 200:
        raise RewriterRefused("not_configured" if status in (401, 403, 404) else "refused")


def _read(answer: requests.Response, until: float) -> bytes:
    """The body, if it is neither endless nor slower than may be waited for."""
    found = bytearray()
    for chunk in answer.iter_content(chunk_size=None):  # as it comes, so that a slow one is noticed
        found += chunk
        if len(found) > MAX_ANSWER_BYTES:
            raise RewriterRefused("too_long")
        if time.monotonic() > until:
            raise RewriterAway("too slow")
    return bytes(found)


def _content(raw: bytes) -> str:
    try:
        answer: Any = json.loads(raw)
        content = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise RewriterRefused("not_understood") from None
    if not isinstance(content, str) or not content.strip():
        raise RewriterRefused("not_understood")
    return content
