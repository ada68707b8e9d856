"""Alice sells, Bob and Charlie buy, Dora sells too, Mona moderates; each speaks through a token."""

from collections.abc import Sequence

import pytest
from rest_framework.test import APIClient

from accounts.models import Scope, SellerProfile, User
from listings.models import Listing, ListingStatus, ModerationDecision
from payments.models import Entitlement
from payments.services.orders import order_create
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.marketplace.api.support import CANARY, TEXT, ClientOf, secret_of


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory.create(email="alice@example.test", display_name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    return UserFactory.create(email="bob@example.test", display_name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return UserFactory.create(email="charlie@example.test", display_name="Charlie")


@pytest.fixture
def mona(db: None) -> User:
    return UserFactory.create(email="mona@example.test", display_name="Mona", staff=True)


@pytest.fixture
def storefront(alice: User) -> SellerProfile:
    return SellerProfileFactory.create(user=alice, handle="alice-shop", name="Alice's shop")


@pytest.fixture
def dora(db: None) -> User:
    """Another seller."""
    return SellerProfileFactory.create(handle="dora-shop").user


@pytest.fixture
def client_of() -> ClientOf:
    """An API client for a user with these scopes (all the user may have, unless told); None is anonymous."""

    def make(user: User | None, scopes: Sequence[str] | None = None) -> APIClient:
        client = APIClient()
        if user is not None:
            wanted = list(Scope) if scopes is None else [Scope(scope) for scope in scopes]
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret_of(user, wanted)}")
        return client

    return make


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def listing(storefront: SellerProfile, mona: User) -> Listing:
    """Alice's, on sale for $4.99, with the canary in its text and instructions."""
    made = ListingFactory.create(
        seller=storefront,
        slug="on-sale",
        title="On sale",
        text=TEXT,
        instructions=f"Buyers only: {CANARY}.",
        status=ListingStatus.PUBLISHED,
    )
    ModerationDecision.objects.create(version=made.versions.get(), moderator=mona, decision="publish")
    return made


@pytest.fixture
def free_listing(storefront: SellerProfile) -> Listing:
    return ListingFactory.create(
        seller=storefront,
        slug="for-nothing",
        title="For nothing",
        price_amount=0,
        text=TEXT,
        instructions=f"Buyers only: {CANARY}.",
        status=ListingStatus.PUBLISHED,
    )


@pytest.fixture
def owned(bob: User, free_listing: Listing) -> Entitlement:
    """Bob's copy of the free listing."""
    order_create(buyer=bob, listing_slugs=[free_listing.slug])
    return Entitlement.objects.get(buyer=bob, listing=free_listing)
