"""What the API's tests share."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import Scope, User
from accounts.queries import scopes_available
from accounts.services import token_create

CANARY = "zanzibarquokka"
TEXT = f"The {CANARY} prompt: write about {{{{topic}}}} in a {{{{tone}}}} tone."

ClientOf = Callable[..., APIClient]


def secret_of(user: User, scopes: Sequence[Scope]) -> str:
    """A token's secret. Scopes the user may not carry are left out, as on the account page."""
    allowed = [scope for scope in scopes if scope in scopes_available(user)]
    _token, secret = token_create(user=user, name="test", scopes=allowed)
    return secret


def upload(
    name: str = "owl.png", kind: str = "PNG", size: tuple[int, int] = (900, 600), **options: Any
) -> SimpleUploadedFile:
    """A teal picture as a file to send."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return SimpleUploadedFile(name, out.getvalue())


def problem_of(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem in `response`, checked for the form every problem has."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(code)
    return body


def query_count(client: APIClient, path: str) -> int:
    """Statements of a second, warm GET; the clock's offset, read once a second by anyone, left out."""
    assert client.get(path).json()["results"]
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return sum("common_clockoffset" not in query["sql"] for query in captured.captured_queries)
