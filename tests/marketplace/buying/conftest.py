"""Alice buys, Bob sells, Charlie is the stranger."""

import pytest
from django.test import Client

from accounts.models import SellerProfile, User
from listings.models import Listing, ListingStatus
from payments.models import Entitlement
from payments.services import order_create
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory

TEXT = "Write a {{tone}} letter to {{name}}.\nZebrafinch."
VARIABLES = [
    {
        "name": "name",
        "label": "Who gets it",
        "type": "text",
        "help": "First name is enough.",
        "required": True,
    },
    {
        "name": "tone",
        "label": "Tone",
        "type": "choice",
        "choices": ["warm", "formal"],
        "default": "warm",
        "required": True,
    },
]


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory.create(display_name="Alice", email="alice@example.test")


@pytest.fixture
def bob(db: None) -> SellerProfile:
    return SellerProfileFactory.create(name="Bob's Prompts", user__display_name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return UserFactory.create(display_name="Charlie")


@pytest.fixture
def listing(bob: SellerProfile) -> Listing:
    """Bob's letter prompt, at $4.99."""
    return ListingFactory.create(
        seller=bob,
        slug="letters",
        title="Letters that land",
        status=ListingStatus.PUBLISHED,
        text=TEXT,
        variables=VARIABLES,
        instructions="Paste it **whole**.",
        examples=[
            {"values": {"name": "Ada", "tone": "warm"}, "output_text": "Dear Ada"},
            {"values": {"name": "Max", "tone": "formal"}, "output_text": "Dear Sir"},
        ],
    )


@pytest.fixture
def free_listing(bob: SellerProfile) -> Listing:
    return ListingFactory.create(
        seller=bob, slug="free-one", title="A free one", price_amount=0, status=ListingStatus.PUBLISHED
    )


@pytest.fixture
def owned(alice: User, listing: Listing) -> Entitlement:
    """What Alice bought, while it cost nothing: how it was paid matters to no page of the library."""
    price = listing.price_amount
    Listing.objects.filter(pk=listing.pk).update(price_amount=0)
    order_create(buyer=alice, listing_slugs=[listing.slug])
    Listing.objects.filter(pk=listing.pk).update(price_amount=price)
    return Entitlement.objects.get(buyer=alice, listing=listing)


@pytest.fixture
def as_alice(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_charlie(charlie: User) -> Client:
    return signed_in(charlie)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
