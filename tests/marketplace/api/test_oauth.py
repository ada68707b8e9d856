"""Apps of others: let in by a person, as far as that person says, until shut out."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.idp.oidc.models import Client, Token
from django.test import Client as Browser
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from accounts.oauth import UNUSED_KEPT, app_create, apps_forget, redirect_problems
from common import clock
from payments.models import Entitlement
from tests.marketplace.api.support import CANARY, problem_of

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:7777/back"

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(alice: User) -> Client:
    client, secret = app_create(owner=alice, name="Notebook", redirect_uris=[BACK], is_public=True)
    assert secret == ""
    return client


@pytest.fixture
def browser(bob: User) -> Browser:
    browser = Browser()
    browser.force_login(bob)
    return browser


def asked(client: Client, **changes: str) -> str:
    wanted = {
        "response_type": "code",
        "client_id": client.pk,
        "redirect_uri": BACK,
        "scope": "library:read orders:write sales:read",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return f"/oauth/authorize/?{urlencode({name: value for name, value in wanted.items() if value})}"


def answered(browser: Browser, page: Any, *scopes: str, action: str = "grant") -> dict[str, str]:
    """The consent form sent; what the app is told."""
    signed = re.search(r'name="request" value="([^"]+)"', page.content.decode())
    assert signed
    form = {"request": signed[1], "scopes": scopes, "action": action}
    response = browser.post("/oauth/authorize/", form)
    assert response.status_code == 302
    place = urlsplit(response["Location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == BACK
    return {name: values[0] for name, values in parse_qs(place.query).items()}


def exchanged(client: Client, status: int = 200, **sent: str) -> dict[str, Any]:
    form = {"client_id": client.pk, "redirect_uri": BACK, **sent}
    response = APIClient().post(
        "/oauth/token/", urlencode(form), content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == status, response.content
    return response.json()


def let_in(browser: Browser, client: Client, *scopes: str, **changes: str) -> dict[str, Any]:
    told = answered(browser, browser.get(asked(client, **changes)), *scopes)
    assert told["state"] == "xyz"
    return exchanged(client, grant_type="authorization_code", code=told["code"], code_verifier=VERIFIER)


def as_app(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def test_an_app_does_what_the_person_allowed_and_no_more(
    browser: Browser, app: Client, owned: Entitlement
) -> None:
    page = browser.get(asked(app))
    shown = page.content.decode()
    assert "Notebook" in shown
    assert "127.0.0.1:7777" in shown
    assert 'value="library:read"' in shown
    assert 'value="sales:read"' not in shown  # Bob has no storefront
    assert page["Cache-Control"].count("no-store")
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert "http://127.0.0.1:7777" in page["Content-Security-Policy"]
    told = answered(browser, page, "library:read")
    given = exchanged(app, grant_type="authorization_code", code=told["code"], code_verifier=VERIFIER)
    assert (given["token_type"], given["scope"]) == ("Bearer", "library:read")
    client = as_app(given["access_token"])
    assert CANARY in client.get(f"/api/v1/library/{owned.pk}/").content.decode()
    assert client.get("/api/v1/me/").json()["scopes"] == ["library:read"]
    problem_of(client.get("/api/v1/orders/"), 403, "missing_scope")


def test_tokens_are_kept_as_fingerprints(browser: Browser, app: Client) -> None:
    given = let_in(browser, app, "library:read")
    kept = " ".join(str(row) for row in Token.objects.values_list("hash", "data", "scopes"))
    assert given["access_token"] not in kept
    assert given["refresh_token"] not in kept
    assert hashlib.sha256(given["access_token"].encode()).hexdigest() in kept


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"redirect_uri": "http://127.0.0.1:7777/elsewhere"},
        {"redirect_uri": "https://evil.example/back"},
        {"client_id": "nobody"},
        {"prompt": "none"},
    ],
)
def test_a_doubtful_request_stays_here(browser: Browser, app: Client, changes: dict[str, str]) -> None:
    page = browser.get(asked(app, **changes))
    assert "Location" not in page.headers
    assert 'name="request"' not in page.content.decode()


def test_a_code_is_good_once_and_only_with_its_verifier(browser: Browser, app: Client) -> None:
    def code() -> str:
        return answered(browser, browser.get(asked(app)), "library:read")["code"]

    wrong = exchanged(app, 400, grant_type="authorization_code", code=code(), code_verifier="w" * 64)
    assert wrong["error"] == "invalid_grant"
    exchanged(app, 400, grant_type="authorization_code", code=code())
    first = code()
    exchanged(app, grant_type="authorization_code", code=first, code_verifier=VERIFIER)
    exchanged(app, 400, grant_type="authorization_code", code=first, code_verifier=VERIFIER)


def test_refusing_gives_nothing(browser: Browser, app: Client) -> None:
    assert answered(browser, browser.get(asked(app)), action="cancel")["error"] == "access_denied"
    assert not Token.objects.exists()


def test_the_form_cannot_give_what_was_not_offered(browser: Browser, app: Client) -> None:
    page = browser.get(asked(app, scope="library:read"))
    signed = re.search(r'name="request" value="([^"]+)"', page.content.decode())
    assert signed
    form = {"request": signed[1], "scopes": ["library:read", "orders:write"], "action": "grant"}
    assert browser.post("/oauth/authorize/", form).status_code == 200
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post("/oauth/authorize/", form).status_code == 403


def test_a_stranger_is_asked_to_log_in_first(app: Client) -> None:
    page = Browser().get(asked(app))
    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/?next=/oauth/authorize/")


def test_refreshing_gives_new_tokens_and_ends_the_old_one(browser: Browser, app: Client) -> None:
    given = let_in(browser, app, "library:read")
    again = exchanged(app, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert again["refresh_token"] != given["refresh_token"]
    assert as_app(again["access_token"]).get("/api/v1/library/").status_code == 200
    exchanged(app, 400, grant_type="refresh_token", refresh_token=given["refresh_token"])


def test_a_person_shuts_an_app_out(browser: Browser, app: Client, bob: User) -> None:
    given = let_in(browser, app, "library:read")
    assert "Notebook" in browser.get("/account/apps/").content.decode()
    assert browser.get(f"/account/apps/{app.pk}/end/").status_code == 200
    browser.post(f"/account/apps/{app.pk}/end/")
    problem_of(as_app(given["access_token"]).get("/api/v1/library/"), 401, "invalid_token")
    exchanged(app, 400, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert AuditEntry.objects.filter(actor=bob, action="app.shut_out").exists()
    assert browser.get(f"/account/apps/{app.pk}/end/").status_code == 404


def test_an_app_gives_a_token_back(browser: Browser, app: Client) -> None:
    given = let_in(browser, app, "library:read")
    form = urlencode({"client_id": app.pk, "token": given["access_token"]})
    APIClient().post("/oauth/revoke/", form, content_type="application/x-www-form-urlencoded")
    problem_of(as_app(given["access_token"]).get("/api/v1/library/"), 401, "invalid_token")


def test_a_token_for_one_resource_opens_no_other(browser: Browser, app: Client, settings: Any) -> None:
    mcp = let_in(browser, app, "library:read", resource=settings.MCP_URL)
    problem_of(as_app(mcp["access_token"]).get("/api/v1/library/"), 401, "invalid_token")
    api = let_in(browser, app, "library:read", resource=f"{settings.PUBLIC_URL}/api")
    assert as_app(api["access_token"]).get("/api/v1/library/").status_code == 200
    other = browser.get(asked(app, resource="https://elsewhere.example/mcp"))
    assert "Location" not in other.headers


def test_an_inactive_users_app_is_refused(browser: Browser, app: Client, bob: User) -> None:
    given = let_in(browser, app, "library:read")
    bob.is_active = False
    bob.save()
    problem_of(as_app(given["access_token"]).get("/api/v1/library/"), 401, "invalid_token")


def test_apps_are_registered_shown_once_and_deleted(browser: Browser, alice: User, bob: User) -> None:
    sent = {"name": "Shop window", "redirect_uris": "https://shop.example/back\nhttp://localhost:9/x"}
    page = browser.post("/account/apps/", sent).content.decode()
    client = Client.objects.get(owner=bob)
    assert client.pk in page
    [secret] = [each for each in re.findall(r'id="client-secret"[^>]*>([^<]+)<', page)]
    assert secret not in client.secret
    assert "Shop window" in browser.get("/account/apps/").content.decode()
    other = Browser()
    other.force_login(alice)
    assert other.get(f"/account/apps/{client.pk}/delete/").status_code == 404
    browser.post(f"/account/apps/{client.pk}/delete/")
    assert not Client.objects.exists()
    kept = browser.post("/account/apps/", {"name": "Bad", "redirect_uris": "http://shop.example/"})
    assert "http://shop.example/" in kept.content.decode()
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "uri",
    [
        "http://shop.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://*.example/",
        "https://a/#x",
        "x",
        "",
    ],
)
def test_an_app_cannot_send_people_anywhere(uri: str) -> None:
    assert redirect_problems([uri])
    assert not redirect_problems(["https://shop.example/back", "com.example.app:/back", "http://[::1]:1/"])


def test_programs_find_their_way_and_register_themselves(anonymous: APIClient, settings: Any) -> None:
    api = anonymous.get("/api/v1/me/")
    [where] = re.findall(r'resource_metadata="([^"]+)"', api["WWW-Authenticate"])
    resource = anonymous.get(urlsplit(where).path).json()
    assert resource["resource"] == f"{settings.PUBLIC_URL}/api"
    mcp = anonymous.get("/.well-known/oauth-protected-resource/mcp").json()
    assert (mcp["resource"], mcp["authorization_servers"]) == (settings.MCP_URL, [settings.PUBLIC_URL])
    server = anonymous.get("/.well-known/oauth-authorization-server").json()
    assert server["issuer"] == settings.PUBLIC_URL
    assert server["code_challenge_methods_supported"] == ["S256"]
    wanted = {
        "client_name": "Editor",
        "redirect_uris": ["http://localhost:3030/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    }
    place = urlsplit(server["registration_endpoint"]).path
    made = anonymous.post(place, wanted)
    assert made.status_code == 201, made.content
    client = Client.objects.get(pk=made.json()["client_id"])
    assert (client.owner, client.type) == (None, Client.Type.PUBLIC)
    bad = anonymous.post(place, wanted | {"redirect_uris": ["http://evil.example/"]})
    assert bad.status_code == 400
    assert anonymous.post(place, wanted | {"scope": "everything"}).status_code == 400
    assert anonymous.post(place, wanted | {"grant_types": ["client_credentials"]}).status_code == 400


def test_what_registered_itself_and_is_not_used_goes(browser: Browser, app: Client) -> None:
    let_in(browser, app, "library:read")
    old = clock.now() - UNUSED_KEPT - UNUSED_KEPT
    for name in ("unused", "used"):
        Client.objects.create(pk=name, name=name, created_at=old)
    Token.objects.create(client_id="used", type="rt", hash="x")
    apps_forget()
    assert sorted(Client.objects.values_list("pk", flat=True)) == sorted(["used", app.pk])


def test_nobody_writes_an_app_or_a_token_by_hand(app: Client, mona: User) -> None:
    mona.is_superuser = True
    mona.save()
    boss = Browser()
    boss.force_login(mona)
    for name in ("client", "token"):
        assert boss.get(f"/admin/allauth_idp_oidc/{name}/add/").status_code == 404
