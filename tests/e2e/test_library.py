"""A buyer's life with what they own, in a real browser: refunds before and after reading, and updates."""

import datetime

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from common import clock
from listings.models import Listing, ListingStatus
from payments.models import ClaimStatus, Entitlement, Refund, RefundClaim, RefundStatus
from payments.services import checkout_return, order_create
from payments.tasks import refund_claims_sweep
from tests.e2e.test_buying import TEXT, sign_in
from tests.factories import ListingFactory, PromptVersionFactory, SellerProfileFactory, UserFactory
from tests.payments.support import books_are_balanced, pay
from tests.payments.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice(transactional_db: None) -> User:
    return UserFactory.create(email="alice@example.test")


@pytest.fixture
def listing(transactional_db: None) -> Listing:
    return ListingFactory.create(
        seller=SellerProfileFactory.create(name="Bob's Prompts", user__email="bob@example.test"),
        slug="letters",
        title="Letters that land",
        status=ListingStatus.PUBLISHED,
        text=TEXT,
    )


@pytest.fixture
def bought(live_site: str, alice: User, listing: Listing) -> Entitlement:
    order = order_create(buyer=alice, listing_slugs=[listing.slug])
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=alice)
    return Entitlement.objects.get(buyer=alice)


def is_refunded() -> bool:
    return Refund.objects.filter(status=RefundStatus.SUCCEEDED).exists()


def test_a_refund_before_the_prompt_is_shown(browser_page: Page, bought: Entitlement, alice: User) -> None:
    page = browser_page
    sign_in(page, alice)
    page.get_by_role("link", name="Letters that land").click()
    expect(page.get_by_role("button", name="Show the prompt")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Zebrafinch")
    page.get_by_role("link", name="Ask for a refund").click()
    page.get_by_role("button", name="Give me $4.99 back").click()
    expect(page.locator("main")).to_contain_text("Your refund is on its way")
    page.goto("/library/")
    expect(page.locator("main")).to_contain_text("Your library is empty")
    assert until(is_refunded)
    assert books_are_balanced()


def test_a_refund_with_evidence_while_the_seller_is_silent_for_72_hours(
    browser_page: Page, bought: Entitlement, alice: User, listing: Listing
) -> None:
    page = browser_page
    sign_in(page, alice)
    page.goto(bought.get_absolute_url())
    page.get_by_role("button", name="Show the prompt").click()
    expect(page.locator("#finished-text")).to_contain_text("Zebrafinch")
    page.get_by_role("link", name="Ask for a refund").click()
    page.get_by_label("Which example does it fall short of?").select_option("Example 1")
    page.get_by_label("What did you try?").fill("Ada, warm")
    page.get_by_label("With which model and version?").fill("GPT-5.2")
    page.get_by_label("What came out?").fill("A list, not a letter.")
    page.get_by_role("button", name="Ask the seller").click()
    expect(page.locator("main")).to_contain_text("Without an answer in time you get your money back.")

    seller = page.context.browser.new_context(base_url=page.url.split("/account")[0]).new_page()  # type: ignore[union-attr]
    sign_in(seller, listing.seller.user)
    seller.goto("/sell/sales/claims/")
    seller.get_by_role("link", name="Letters that land").click()
    expect(seller.locator("main")).to_contain_text("A list, not a letter.")
    expect(seller.locator("body")).not_to_contain_text("alice@example.test")

    clock.clock_move(offset=datetime.timedelta(hours=73))
    try:
        refund_claims_sweep()
        assert until(is_refunded)
    finally:
        clock.clock_move(offset=datetime.timedelta())
    for side in (page, seller):
        side.reload()
        expect(side.locator("main")).to_contain_text("No answer in time")
        expect(side.locator("main")).to_contain_text("The money went back")
    page.goto(bought.get_absolute_url())
    expect(page.locator("h1")).to_contain_text("Nothing is sold at this address")
    assert RefundClaim.objects.get().status == ClaimStatus.REFUNDED
    assert books_are_balanced()


def test_an_update_is_looked_at_followed_and_pinned(
    browser_page: Page, bought: Entitlement, alice: User, listing: Listing
) -> None:
    now = clock.now()
    newer = PromptVersionFactory.create(
        listing=listing,
        text=TEXT + " Shorter.",
        changelog="Shorter letters.",
        sealed_at=now,
        published_at=now,
    )
    Listing.objects.filter(pk=listing.pk).update(published_version=newer)
    page = browser_page
    sign_in(page, alice)
    expect(page.locator("main")).to_contain_text("version 2 is out")
    page.goto(bought.get_absolute_url())
    page.get_by_role("button", name="Show the prompt").click()
    expect(page.locator("#finished-text")).not_to_contain_text("Shorter.")
    page.get_by_role("link", name="See what changed").first.click()
    expect(page.locator("main")).to_contain_text("Shorter letters.")
    expect(page.locator("ins").first).to_contain_text("Shorter.")
    page.goto(bought.get_absolute_url())
    page.get_by_role("button", name="Follow the newest").click()
    expect(page.locator("#finished-text")).to_contain_text("Shorter.")
    page.get_by_role("link", name="Version 1", exact=True).click()
    page.get_by_role("button", name="Pin version 1").click()
    expect(page.locator("#finished-text")).not_to_contain_text("Shorter.")
    expect(page.locator("main")).to_contain_text("Version 1 is pinned")
