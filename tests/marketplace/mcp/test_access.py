"""Who may read what over MCP: a good token, the scope, the ownership, and no longer than they last."""

import pytest
import requests
from mcp.shared.exceptions import MCPError

from accounts.models import ApiToken, Scope
from accounts.services import token_revoke
from common import clock
from listings.models import ListingStatus
from marketplace.mcp.library import PAGE_SIZE
from payments.models import Entitlement
from tests.factories import PromptVersionFactory, SellerProfileFactory, UserFactory
from tests.marketplace.mcp.clients import bought, connected, run, token_of
from tests.payments.support import published_listing
from tests.support.processes import Process, start_mcp

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "Zanzibarquokka says {{topic}}."
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "prompts/list"}


def post(url, token, body, **headers):
    known = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {token}"}
    return requests.post(url, json=body, headers=known | headers, timeout=30)


def gift():
    return published_listing(price_amount=0, text=SECRET, instructions="Zanzibarquokka twice.")


def asked(url, token, work):
    """What the protocol answers to `work(client)`: its result, or the error's code in our words."""

    async def ask():
        async with connected(url, token) as client:
            try:
                return await work(client)
            except MCPError as error:
                return error.data["code"]

    return run(ask)


def test_without_a_good_token_nothing_is_answered(mcp_site):
    token = token_of(UserFactory())
    assert post(mcp_site, token, HELLO).status_code == 200
    for bad in ("", "pf_unknown", token + "x", token.upper()):
        answer = post(mcp_site, bad, HELLO)
        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
    token_revoke(token=ApiToken.objects.get())
    assert post(mcp_site, token, HELLO).status_code == 401


def test_a_session_is_of_the_token_that_began_it(mcp_site):
    alice, bob = token_of(UserFactory()), token_of(UserFactory())
    session = {"Mcp-Session-Id": post(mcp_site, alice, HELLO).headers["Mcp-Session-Id"]}
    assert post(mcp_site, alice, LIST, **session).json()["result"]["prompts"] == []
    assert post(mcp_site, bob, LIST, **session).status_code == 404


def test_a_page_in_a_browser_cannot_reach_it_by_another_name(mcp_site):
    token = token_of(UserFactory())
    assert post(mcp_site, token, HELLO, Host="evil.example").status_code == 421
    assert post(mcp_site, token, HELLO, Origin="https://evil.example").status_code == 403


def test_each_thing_needs_its_scope(mcp_site):
    buyer = UserFactory()
    bought(buyer, gift())
    ordering = token_of(buyer, Scope.ORDERS_WRITE)
    reading = token_of(buyer, Scope.LIBRARY_READ)
    slug = Entitlement.objects.get().listing.slug
    uri = f"promptfair://library/{slug}/instructions"
    assert asked(mcp_site, ordering, lambda client: client.list_prompts()) == "missing_scope"
    assert (
        asked(mcp_site, ordering, lambda client: client.get_prompt(slug, {"topic": "x"})) == "missing_scope"
    )
    assert asked(mcp_site, ordering, lambda client: client.list_resources()) == "missing_scope"
    assert asked(mcp_site, ordering, lambda client: client.read_resource(uri)) == "missing_scope"
    tools = asked(mcp_site, reading, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["search_prompts", "get_listing"]
    refused = asked(mcp_site, reading, lambda client: client.call_tool("start_checkout", {"slugs": [slug]}))
    assert refused.structured_content["code"] == "missing_scope"


@pytest.mark.parametrize("who", ["stranger", "seller", "refunded"])
def test_nobody_but_an_owner_gets_a_word(mcp_site, who):
    buyer, listing = UserFactory(), gift()
    entitlement = bought(buyer, listing)
    if who == "refunded":
        Entitlement.objects.filter(pk=entitlement.pk).update(revoked_at=clock.now())
    person = {"stranger": SellerProfileFactory().user, "seller": listing.seller.user, "refunded": buyer}[who]
    token = token_of(person)
    uri = f"promptfair://library/{listing.slug}"
    reference = {"type": "ref/prompt", "name": listing.slug}

    def ask(work):
        return asked(mcp_site, token, work)

    assert ask(lambda client: client.list_prompts()).prompts == []
    assert ask(lambda client: client.list_resources()).resources == []
    for name in (listing.slug, f"{listing.slug}@1", f"{listing.slug}@latest"):
        assert ask(lambda client, name=name: client.get_prompt(name, {"topic": "x"})) == "not_in_library"
    for kind in ("instructions", "examples"):
        assert ask(lambda client, kind=kind: client.read_resource(f"{uri}/{kind}")) == "not_in_library"
    offered = {"name": "topic", "value": ""}
    assert ask(lambda client: client.complete(ref=reference, argument=offered)) == "not_in_library"
    told = ask(lambda client: client.call_tool("get_listing", {"slug": listing.slug}))
    assert "Zanzibarquokka" not in told.model_dump_json()


def test_the_version_bought_stays_and_the_newest_has_a_name_of_its_own(mcp_site):
    buyer, listing = UserFactory(), gift()
    bought(buyer, listing)
    newer = PromptVersionFactory(
        listing=listing, number=2, text="Newer {{topic}}.", sealed_at=clock.now(), published_at=clock.now()
    )
    listing.published_version = newer
    listing.save()
    PromptVersionFactory(listing=listing, number=3, text="Not yet {{topic}}.")
    token = token_of(buyer)

    def text(name):
        got = asked(mcp_site, token, lambda client: client.get_prompt(name, {"topic": "tea"}))
        return got if isinstance(got, str) else got.messages[0].content.text

    listed = asked(mcp_site, token, lambda client: client.list_prompts()).prompts
    assert [prompt.name for prompt in listed] == [listing.slug, f"{listing.slug}@latest"]
    assert text(listing.slug) == text(f"{listing.slug}@1") == "Zanzibarquokka says tea."
    assert text(f"{listing.slug}@latest") == text(f"{listing.slug}@2") == "Newer tea."
    assert text(f"{listing.slug}@3") == text(f"{listing.slug}@x") == "not_found"


def test_parts_of_a_prompt_are_messages(mcp_site):
    buyer = UserFactory()
    parts = "=== system: Manners ===\nBe {{mood}}.\n=== user ===\nSay hello."
    listing = published_listing(price_amount=0, text=parts)
    bought(buyer, listing)
    got = asked(mcp_site, token_of(buyer), lambda client: client.get_prompt(listing.slug, {"mood": "kind"}))
    said = [
        (message.role, message.content.text, message.content.meta["promptfair/role"])
        for message in got.messages
    ]
    assert said == [("user", "Be kind.", "system"), ("user", "Say hello.", "user")]


def test_what_does_not_fit_is_named_and_nothing_is_opened(mcp_site):
    buyer, listing = UserFactory(), gift()
    entitlement = bought(buyer, listing)
    token = token_of(buyer)

    async def ask():
        async with connected(mcp_site, token) as client:
            for arguments in ({}, {"topic": ""}, {"topic": "x", "other": "y"}, {"topic": "a\x00b"}):
                with pytest.raises(MCPError) as refused:
                    await client.get_prompt(listing.slug, arguments)
                assert refused.value.code == -32602
                assert "Zanzibarquokka" not in str(refused.value)
            for arguments in (
                {"min_price": -1},
                {"wrong": 1},
                {"limit": 51},
                {"model": "nope"},
                {"cursor": "x"},
            ):
                assert (await client.call_tool("search_prompts", arguments)).is_error
            with pytest.raises(MCPError):
                await client.call_tool("pay", {})
            with pytest.raises(MCPError):
                await client.list_prompts(cursor="x")

    run(ask)
    entitlement.refresh_from_db()
    assert entitlement.first_read_at is None


def test_a_large_library_is_paged_whole(mcp_site):
    buyer, seller = UserFactory(), SellerProfileFactory()
    expected = []
    for _ in range(PAGE_SIZE + 3):
        listing = published_listing(price_amount=0, seller=seller)
        bought(buyer, listing)
        expected.append(listing.slug)
    token = token_of(buyer)

    async def ask():
        async with connected(mcp_site, token) as client:
            first = await client.list_prompts()
            assert len(first.prompts) == PAGE_SIZE
            second = await client.list_prompts(cursor=first.next_cursor)
            assert second.next_cursor is None
            return [prompt.name for prompt in (*first.prompts, *second.prompts)]

    assert run(ask) == expected[::-1]


@pytest.fixture
def strict_site(slot, process_environment, mcp_site):
    """A server with low rates in the place of the other, whose port is taken."""
    lower = type(slot)(**{**slot.__dict__, "mcp_port": slot.mcp_port + 1})
    server: Process = start_mcp(lower, process_environment | {"API_USER_RATE": "5/h", "API_ANON_RATE": "3/h"})
    yield lower.mcp_url
    server.stop()


def test_too_many_requests_are_refused_per_token_and_per_address(strict_site):
    alice, bob = token_of(UserFactory()), token_of(UserFactory())
    codes = [post(strict_site, alice, HELLO).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    answer = post(strict_site, alice, HELLO)
    assert int(answer.headers["Retry-After"]) > 0
    assert post(strict_site, bob, HELLO).status_code == 200
    assert [post(strict_site, "wrong", HELLO).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_drafts_are_not_for_sale_here(mcp_site):
    draft = published_listing()
    draft.status = ListingStatus.UNLISTED
    draft.save()

    async def ask():
        async with connected(mcp_site, token_of(UserFactory())) as client:
            told = await client.call_tool("get_listing", {"slug": draft.slug})
            begun = await client.call_tool("start_checkout", {"slugs": [draft.slug]})
            return told.structured_content["code"], begun.structured_content["code"]

    assert run(ask) == ("listing_not_found", "not_for_sale")
