"""A prompt's page: all that helps to decide, nothing of what is sold."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from common.ids import order_number
from listings.models import Listing, ListingStatus
from marketplace.models import Review
from payments.models import Entitlement, Order, OrderItem
from tests.factories import ListingFactory, UserFactory

pytestmark = pytest.mark.django_db
CANARY = "quokkaword"


def on_sale(**fields: Any) -> Any:
    return ListingFactory(status=ListingStatus.PUBLISHED, **fields)


def buy(listing: Listing, buyer: Any) -> Entitlement:
    """A purchase as it stands in the database once it is paid."""
    now = clock.now()
    amounts = {"subtotal_amount": listing.price_amount, "total_amount": listing.price_amount}
    order = Order.objects.create(
        buyer=buyer, number=order_number(), status="paid", paid_at=now, expires_at=now, **amounts
    )
    version: Any = listing.published_version
    item = OrderItem.objects.create(
        order=order,
        listing=listing,
        version=version,
        seller=listing.seller,
        title=listing.title,
        license=listing.license,
        unit_amount=listing.price_amount,
        platform_fee_amount=0,
        seller_amount=listing.price_amount,
        paid_at=now,
    )
    return Entitlement.objects.create(buyer=buyer, listing=listing, version=version, item=item)


def page(client: Client, url: str = "/prompts/it/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def canary_listing() -> Any:
    return on_sale(
        slug="it",
        text=f"The {CANARY} sings to {{{{topic}}}}.",
        instructions=f"Feed the {CANARY}.",
        variables=[
            {"name": "topic", "label": "Your topic", "type": "choice", "choices": ["a", "b"], "help": "Pick."}
        ],
        examples=[{"values": {"topic": "sea <b>shanty</b>"}, "output_text": "## Refrain\n\nHeave *ho*."}],
    )


def test_shows_the_blanks_and_the_examples(client: Client) -> None:
    canary_listing()
    html = page(client)
    for part in ["Your topic", "Pick.", "One of a list", "sea &lt;b&gt;shanty", "Refrain", "<em>ho</em>"]:
        assert part in html


def test_the_text_is_on_the_page_of_nobody(client: Client) -> None:
    listing = canary_listing()
    buyer: Any = UserFactory()
    buy(listing, buyer)
    for reader in [None, UserFactory(), listing.seller.user, buyer, UserFactory(staff=True)]:
        if reader:
            client.force_login(reader)
        assert CANARY not in page(client)


def test_no_machine_readable_page_has_the_text(client: Client) -> None:
    canary_listing()
    for url in [
        "/",
        "/prompts/",
        f"/prompts/?q={CANARY}x",
        "/feeds/new.atom",
        "/sitemap.xml",
        "/prompts/it/cover.svg",
    ]:
        assert CANARY not in client.get(url).content.decode().replace(f"{CANARY}x", "")


def test_a_stranger_is_offered_to_buy(client: Client) -> None:
    on_sale(slug="it", price_amount=499)
    html = page(client)
    assert '<input type="hidden" name="listing" value="it">' in html
    assert "$4.99" in html


def test_a_free_prompt_is_added_to_the_library(client: Client) -> None:
    on_sale(slug="it", price_amount=0)
    assert "Add to library" in page(client)


def test_its_buyer_is_led_to_the_library(client: Client) -> None:
    buyer: Any = UserFactory()
    entitlement = buy(on_sale(slug="it"), buyer)
    client.force_login(buyer)
    html = page(client)
    assert f"/library/{entitlement.pk}/" in html
    assert 'name="listing"' not in html


def test_a_buyer_who_was_refunded_is_offered_to_buy_again(client: Client) -> None:
    buyer: Any = UserFactory()
    entitlement = buy(on_sale(slug="it"), buyer)
    Entitlement.objects.filter(pk=entitlement.pk).update(revoked_at=clock.now())
    client.force_login(buyer)
    assert 'name="listing"' in page(client)


def test_its_seller_is_led_to_the_studio_and_cannot_buy(client: Client) -> None:
    listing = on_sale(slug="it")
    client.force_login(listing.seller.user)
    html = page(client)
    assert "/sell/listings/it/" in html
    assert 'name="listing"' not in html


@pytest.mark.parametrize("status", [status for status in ListingStatus if status != "published"], ids=str)
def test_what_is_not_on_sale_is_not_found_by_seller_nor_buyer(client: Client, status: ListingStatus) -> None:
    listing: Any = ListingFactory(status=status, slug="it")
    for reader in [None, UserFactory(), listing.seller.user]:
        if reader:
            client.force_login(reader)
        assert client.get("/prompts/it/").status_code == 404


def test_reviews_show_stars_text_name_and_date(client: Client) -> None:
    buyer: Any = UserFactory(display_name="Hanna <Weiss>")
    listing = on_sale(slug="it", rating_count=1, rating_sum=4)
    Review.objects.create(
        listing=listing,
        entitlement=buy(listing, buyer),
        buyer=buyer,
        stars=4,
        text="Worth it.\n\n<b>Really.</b>",
    )
    html = page(client)
    assert "Worth it." in html
    assert "Hanna &lt;Weiss&gt;" in html
    assert "&lt;b&gt;Really." in html
    assert "4 stars" in html


def test_similar_prompts_lead_on(client: Client) -> None:
    on_sale(slug="it")
    on_sale(title="A neighbour")
    assert "A neighbour" in page(client)


def test_more_reviews_examples_and_neighbours_cost_no_more_queries(client: Client) -> None:
    listing = on_sale(slug="it", tags=["a"])
    stranger: Any = UserFactory()
    client.force_login(stranger)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client)
        # The clock's offset is looked up once a second.
        return len([query for query in captured.captured_queries if "clockoffset" not in query["sql"]])

    def review() -> None:
        buyer: Any = UserFactory()
        Review.objects.create(listing=listing, entitlement=buy(listing, buyer), buyer=buyer, stars=5)

    review()
    on_sale(tags=["a"])
    before = queries()
    for _ in range(4):
        review()
        on_sale(tags=["a"])
    assert queries() == before
