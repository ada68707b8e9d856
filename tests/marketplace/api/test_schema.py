"""The OpenAPI schema is whole, and the reference page made from it works under the site's policy."""

import json
import re
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from marketplace.api.base import ApiView

GOOD = ("200", "201", "202")

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(anonymous: APIClient) -> Any:
    return json.loads(anonymous.get("/api/schema/").content)


def routes(patterns: list[Any], prefix: str = "/") -> dict[str, Any]:
    """Every address below /api/v1/ with its view class."""
    found: dict[str, Any] = {}
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("/api/v1/"):
            found[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)] = getattr(pattern.callback, "cls", None)
    return found


def test_the_schema_is_valid_and_without_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True)
    assert "openapi: 3.1.0" in capsys.readouterr().out


def test_every_route_and_method_is_in_the_schema(schema: Any) -> None:
    declared = routes(get_resolver().url_patterns)
    assert declared
    assert set(schema["paths"]) == set(declared)
    for path, view in declared.items():
        assert issubclass(view, ApiView)
        methods = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
        assert set(schema["paths"][path]) == methods


def test_every_operation_says_what_it_does_who_may_and_how_it_fails(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["security"], where
            assert "429" in operation["responses"], where
            assert "503" in operation["responses"], where
            assert "404" in operation["responses"] or "{" not in path, where
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], where


def test_every_body_has_an_example_that_fits_its_schema(schema: Any) -> None:
    count = 0
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
            answers = [answer for status, answer in operation["responses"].items() if status in GOOD]
            bodies = [content for answer in answers for content in answer.get("content", {}).values()]
            for body in [*bodies, *([sent] if sent else [])]:
                assert body.get("examples"), f"{method} {path}"
                for example in body["examples"].values():
                    whole = {**body["schema"], "components": schema["components"]}
                    jsonschema.validate(example["value"], whole, jsonschema.Draft202012Validator)
                    count += 1
    assert count > 50


def test_no_operation_is_described_in_the_words_meant_for_its_authors(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "`no_store`" not in operation.get("description", ""), f"{method} {path}"


def test_what_costs_money_takes_an_idempotency_key(schema: Any) -> None:
    for path in ("/api/v1/orders/", "/api/v1/orders/{id}/refunds/"):
        assert "Idempotency-Key" in [row["name"] for row in schema["paths"][path]["post"]["parameters"]]


def test_the_schema_comes_as_yaml_too(anonymous: APIClient) -> None:
    assert anonymous.get("/api/schema/?format=yaml").content.startswith(b"openapi: 3.1.0")


def test_the_reference_has_nothing_inline_and_nothing_from_elsewhere(anonymous: APIClient) -> None:
    page = anonymous.get("/api/docs/")
    html = page.content.decode()
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=", html)
    assert all(url.startswith(("/", "#")) for url in re.findall(r'(?:src|href)="([^"]+)"', html))


@pytest.mark.e2e
@pytest.mark.django_db(transaction=True)
def test_the_reference_works_in_a_browser(browser_page: Any) -> None:
    said: list[str] = []
    browser_page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    browser_page.on("pageerror", lambda error: said.append(f"error: {error}"))
    browser_page.goto("/api/docs/")
    operation = browser_page.locator("#operations-orders-orders_create")
    operation.wait_for()
    operation.locator(".opblock-summary").click()
    operation.get_by_text("Idempotency-Key").wait_for()
    assert [line for line in said if line.startswith(("error", "warning"))] == []
