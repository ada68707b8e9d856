"""What is said about Stripe in several places is said alike: its API's version, and the events we ask for."""

import re

import stripe

import stripe_sandbox
from marketplace.demo import webhooks
from payments.services.events import HANDLED_CONNECT_TYPES, HANDLED_TYPES
from tests.architecture.files import DOCS, README


def test_one_version_of_the_api_everywhere():
    pinned = {stripe.api_version}
    assert pinned == {webhooks.API_VERSION, stripe_sandbox.API_VERSION}
    for page in (README, *DOCS.glob("*.md")):
        named = re.findall(r"\d{4}-\d\d-\d\d\.[a-z]+", page.read_text(encoding="utf-8"))
        assert set(named) <= pinned, page.name


def test_the_demo_asks_for_every_event_that_is_handled():
    assert set(HANDLED_TYPES) <= set(webhooks.PLATFORM_EVENTS)
    assert set(HANDLED_CONNECT_TYPES) == set(webhooks.CONNECT_EVENTS)
