"""Runs before the seller, a model that moves on, and drafts that begin as another's free prompt."""

import datetime

import pytest
from django.test import Client

from accounts.models import SellerProfile, User
from common import clock
from common.errors import InvalidInput
from listings.models import Listing, TargetModel
from listings.services.deleted import listing_duplicate
from listings.services.drafts import listing_update
from marketplace.library.models import RunReport
from payments.models import Entitlement
from payments.services import order_create
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.marketplace.buying.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def free() -> Listing:
    """Bob's free prompt."""
    return ListingFactory.create(
        title="Free seeds",
        slug="free-seeds",
        price_amount=0,
        status="published",
        text="Zebrafinch {{topic}}.",
    )


@pytest.fixture
def carol() -> SellerProfile:
    return SellerProfileFactory.create()


def taken(user: User, listing: Listing) -> Entitlement:
    order_create(buyer=user, listing_slugs=[listing.slug])
    return Entitlement.objects.get(buyer=user, listing=listing)


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_a_remix_is_a_draft_with_the_text_and_credit_that_stays(free: Listing, carol: SellerProfile) -> None:
    as_carol = signed_in(carol.user)
    assert "Remix it" not in page_of(as_carol, free.get_absolute_url())
    owned = taken(carol.user, free)
    assert "Remix it" in page_of(as_carol, free.get_absolute_url())
    assert as_carol.post(f"/sell/remix/{owned.pk}/").status_code == 303
    draft = Listing.objects.get(seller=carol)
    assert (draft.status, draft.remixed_from) == ("draft", free)
    assert draft.versions.get().text == "Zebrafinch {{topic}}."
    listing_update(listing=draft, data={"title": "All mine now"})
    with pytest.raises(InvalidInput):
        listing_update(listing=draft, data={"remixed_from": None})
    draft.refresh_from_db()
    assert (draft.title, draft.remixed_from) == ("All mine now", free)
    assert listing_duplicate(listing=draft).remixed_from == free
    assert "Free seeds" in page_of(as_carol, f"/sell/listings/{draft.slug}/preview/")


def test_the_page_of_a_remix_names_where_it_came_from(free: Listing) -> None:
    remix = ListingFactory.create(status="published", remixed_from=free)
    page = page_of(Client(), remix.get_absolute_url())
    assert "Remixed from “Free seeds”" in page
    assert free.get_absolute_url() in page


def test_what_costs_something_or_is_not_owned_is_not_remixed(free: Listing, carol: SellerProfile) -> None:
    as_carol, owned = signed_in(carol.user), taken(carol.user, free)
    Listing.objects.filter(pk=free.pk).update(price_amount=499)
    as_carol.post(f"/sell/remix/{owned.pk}/")
    assert not Listing.objects.filter(seller=carol).exists()
    theirs = taken(UserFactory.create(), ListingFactory.create(price_amount=0, status="published"))
    assert as_carol.post(f"/sell/remix/{theirs.pk}/").status_code == 404


def test_a_model_that_moved_on_is_said_until_the_seller_has_tried_it(free: Listing) -> None:
    ahead = clock.now() + datetime.timedelta(seconds=1)
    TargetModel.objects.filter(pk=free.model_id).update(release_name="GPT-6", released_at=ahead)
    clock.clock_move(offset=datetime.timedelta(hours=1))
    try:
        assert "has moved on (GPT-6)" in page_of(Client(), free.get_absolute_url())
        as_bob = signed_in(free.seller.user)
        assert "has moved on (GPT-6)" in page_of(as_bob, "/sell/listings/free-seeds/runs/")
        assert as_bob.post("/sell/listings/free-seeds/works/").status_code == 303
        assert "has moved on" not in page_of(Client(), free.get_absolute_url())
    finally:
        clock.clock_move(offset=datetime.timedelta())


def test_the_seller_sees_runs_and_not_whose(free: Listing, carol: SellerProfile) -> None:
    buyer = UserFactory.create(display_name="Alice Secret")
    owned = taken(buyer, free)
    RunReport.objects.create(
        entitlement=owned,
        version=owned.version,
        listing=free,
        model_version="GPT-5.2",
        worked=False,
        output="<script>alert(1)</script>",
    )
    page = page_of(signed_in(free.seller.user), "/sell/listings/free-seeds/runs/")
    assert "GPT-5.2" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Alice Secret" not in page
    assert signed_in(carol.user).get("/sell/listings/free-seeds/runs/").status_code == 404
    page = page_of(Client(), free.get_absolute_url())
    assert "0 of 1 worked in the last 60 days" in page
    assert "alert(1)" not in page
