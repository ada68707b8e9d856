"""The official client logs in knowing the address alone: it finds, registers, asks the person, renews."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token
from django.conf import settings
from django.test import Client as Browser
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

from tests.factories import UserFactory
from tests.marketplace.mcp.clients import bought, run
from tests.payments.support import published_listing

BACK = "http://127.0.0.1:7777/callback"

pytestmark = pytest.mark.django_db(transaction=True)


class Memory:
    """What an AI program keeps between two starts."""

    tokens: Any = None
    client_info: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client_info

    async def set_client_info(self, client_info: Any) -> None:
        self.client_info = client_info


class Person:
    """Sits before a browser in which they are logged in, and lets the app in."""

    def __init__(self, user: Any) -> None:
        signed_in = Browser()
        signed_in.force_login(user)
        self.browser = requests.Session()
        for name, cookie in signed_in.cookies.items():
            self.browser.cookies.set(name, cookie.value)
        self.asked = 0
        self.told: dict[str, str] = {}

    async def opens(self, url: str) -> None:
        self.asked += 1
        page = self.browser.get(url, timeout=30)
        assert "AI program" in page.text
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|request)" value="([^"]+)"', page.text))
        scopes = re.findall(r'name="scopes" value="([^"]+)"', page.text)
        place = url.partition("?")[0]
        form = {**hidden, "scopes": scopes, "action": "grant"}
        answer = self.browser.post(place, form, headers={"Referer": url}, allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text[:500]
        self.told = {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }

    async def comes_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=self.told["code"], state=self.told["state"])


def test_a_program_logs_in_by_the_address_alone(mcp_site):
    buyer = UserFactory()
    owned = published_listing(title="Letter writer", text="A letter about {{topic}}.", price_amount=0)
    bought(buyer, owned)
    person, memory = Person(buyer), Memory()
    metadata = OAuthClientMetadata(
        client_name="AI program",
        redirect_uris=[BACK],
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token"],
    )

    async def rendered() -> str:
        auth = OAuthClientProvider(mcp_site, metadata, memory, person.opens, person.comes_back)
        async with create_mcp_http_client(auth=auth) as http:
            transport = streamable_http_client(mcp_site, http_client=http)
            async with Client(transport, cache=None) as client:
                got = await client.get_prompt(owned.slug, {"topic": "tea"})
                return got.messages[0].content.text

    assert run(rendered) == "A letter about tea."
    assert person.asked == 1
    app = App.objects.get()
    assert (app.name, app.owner) == ("AI program", None)
    token = Token.objects.get(type=Token.Type.ACCESS_TOKEN)
    assert token.get_resources() == [settings.MCP_URL]
    assert set(token.get_scopes()) == {"library:read", "orders:write"}

    Token.objects.filter(type=Token.Type.ACCESS_TOKEN).delete()  # as if its hour had passed
    memory.tokens = memory.tokens.model_copy(update={"expires_in": 0})
    assert run(rendered) == "A letter about tea."
    assert memory.tokens.refresh_token
