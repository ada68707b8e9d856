"""What a person does with an AI program: connect, use what is theirs, buy more, and give it back."""

import asyncio
import json

import pytest
from mcp.server.subscriptions import PromptsListChanged
from mcp_types import PromptListChangedNotification

from listings.search import search_row_refresh
from payments.models import Entitlement, Order, OrderStatus, Refund, RefundReason, TextAccess
from payments.services import refund_request
from tests.factories import UserFactory
from tests.marketplace.mcp.clients import bought, connected, run, token_of
from tests.payments.support import pay, published_listing

pytestmark = pytest.mark.django_db(transaction=True)

TONES = {
    "name": "tone",
    "label": "Tone",
    "type": "choice",
    "choices": ["friendly", "formal", "funny"],
    "default": "formal",
    "help": "How it sounds.",
}
TOPIC = {"name": "topic", "label": "Topic", "type": "text"}


def names(listed):
    return [prompt.name for prompt in listed.prompts]


@pytest.mark.parametrize(
    ("mode", "through_the_site"), [("auto", False), ("legacy", False), ("auto", True), ("legacy", True)]
)
def test_a_person_connects_uses_buys_and_gives_back(mcp_site, live_site, mode, through_the_site):
    if through_the_site:  # as in the demo, where no proxy leads /mcp to its process
        mcp_site = f"{live_site}/mcp"
    buyer = UserFactory()
    owned = published_listing(
        title="Letter writer",
        text="Write a {{tone}} letter about {{topic}}.",
        variables=[TONES, TOPIC],
        instructions="Say who reads it.",
    )
    other = published_listing(title="Poem writer", text="A poem about {{topic}}.", price_amount=700)
    search_row_refresh(other.pk)
    entitlement = bought(buyer, owned)
    token = token_of(buyer)
    told = asyncio.Event()

    async def hear(message):
        if isinstance(message, PromptListChangedNotification):
            told.set()

    async def listen(client):
        async with client.listen(prompts_list_changed=True) as stream:
            async for event in stream:
                if isinstance(event, PromptsListChanged):
                    told.set()

    async def journey():
        async with (
            connected(mcp_site, token, mode=mode, message_handler=hear) as client,
            asyncio.TaskGroup() as tasks,
        ):
            listening = tasks.create_task(listen(client)) if mode == "auto" else None
            assert client.server_capabilities.prompts.list_changed
            listed = await client.list_prompts()
            assert names(listed) == [owned.slug]
            assert listed.prompts[0].title == "Letter writer"
            tone, topic = listed.prompts[0].arguments
            assert (tone.name, tone.title, tone.required) == ("tone", "Tone", False)
            assert "friendly, formal, funny" in tone.description
            assert (topic.name, topic.required) == ("topic", True)

            reference = {"type": "ref/prompt", "name": owned.slug}
            offered = await client.complete(ref=reference, argument={"name": "tone", "value": "F"})
            assert offered.completion.values == ["friendly", "formal", "funny"]
            offered = await client.complete(ref=reference, argument={"name": "tone", "value": "fu"})
            assert offered.completion.values == ["funny"]

            got = await client.get_prompt(owned.slug, {"tone": "funny", "topic": "tea"})
            assert [message.content.text for message in got.messages] == ["Write a funny letter about tea."]
            read = await client.read_resource(f"promptfair://library/{owned.slug}/instructions")
            assert read.contents[0].text == "Say who reads it."

            found = await client.call_tool("search_prompts", {"query": "poem"})
            assert [row["slug"] for row in found.structured_content["results"]] == [other.slug]
            started = (await client.call_tool("start_checkout", {"slugs": [other.slug]})).structured_content
            assert "cs_" in started["checkout_url"]
            assert started["status"] == "pending"
            again = await client.call_tool("start_checkout", {"slugs": [other.slug]})
            assert again.structured_content == started
            assert names(await client.list_prompts()) == [owned.slug]

            order = await asyncio.to_thread(Order.objects.get, pk=started["order"])
            await asyncio.sleep(0.2)
            told.clear()
            await asyncio.to_thread(pay, order)
            await asyncio.wait_for(told.wait(), 20)
            assert names(await client.list_prompts()) == [other.slug, owned.slug]
            got = await client.get_prompt(other.slug, {"topic": "rain"})
            assert got.messages[0].content.text == "A poem about rain."

            told.clear()
            await asyncio.to_thread(refund_all, order)
            await asyncio.wait_for(told.wait(), 20)
            assert names(await client.list_prompts()) == [owned.slug]
            with pytest.raises(Exception, match="not in your library"):
                await client.get_prompt(other.slug, {"topic": "rain"})
            if listening:
                listening.cancel()

    run(journey)
    assert TextAccess.objects.filter(entitlement=entitlement, via="mcp").exists()
    assert Entitlement.objects.get(pk=entitlement.pk).first_read_at


def refund_all(order):
    order.refresh_from_db()
    refund_request(order=order, by=None, reason=RefundReason.MODERATOR)


def test_buying_is_begun_and_never_paid(mcp_site):
    buyer, listing = UserFactory(), published_listing()
    free = published_listing(price_amount=0)

    async def journey():
        async with connected(mcp_site, token_of(buyer)) as client:
            for _ in range(3):
                await client.call_tool("start_checkout", {"slugs": [listing.slug]})
            gift = (await client.call_tool("start_checkout", {"slugs": [free.slug]})).structured_content
            assert (gift["status"], gift["checkout_url"]) == ("paid", None)
            refused = await client.call_tool("start_checkout", {"slugs": [free.slug]})
            assert refused.is_error
            assert refused.structured_content["code"] == "already_owned"
            assert names(await client.list_prompts()) == [free.slug]

    run(journey)
    assert Order.objects.get(items__listing=listing).status == OrderStatus.PENDING
    assert not Refund.objects.exists()


def test_examples_and_what_is_for_sale_are_told_without_the_text(mcp_site):
    buyer, listing = UserFactory(), published_listing(text="Hidden words about {{topic}}.", price_amount=499)

    async def journey():
        async with connected(mcp_site, token_of(buyer)) as client:
            told = (await client.call_tool("get_listing", {"slug": listing.slug})).structured_content
            assert told["price_amount"] == 499
            assert told["owned"] is False
            assert [variable["name"] for variable in told["version"]["variables"]] == ["topic"]
            assert "Hidden words" not in json.dumps(told)
            missing = await client.call_tool("get_listing", {"slug": "nowhere"})
            assert missing.is_error
            assert missing.structured_content["code"] == "listing_not_found"

    run(journey)
    assert not TextAccess.objects.filter(entitlement__buyer=buyer).exists()
