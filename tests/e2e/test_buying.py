"""Buying as people do it: a real browser, the real site, Stripe's page as the sandbox draws it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from listings.models import Listing, ListingStatus
from payments.models import Entitlement, Order, OrderStatus
from payments.services import order_create
from tests.factories import PASSWORD, ListingFactory, SellerProfileFactory, UserFactory
from tests.payments.support import pay
from tests.payments.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

VISA = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
INSUFFICIENT_FUNDS = "4000 0000 0000 9995"
ASKS_3D_SECURE = "4000 0027 6000 3184"
TEXT = "Write a {{tone}} letter to {{name}}. Zebrafinch."
LIBRARY_ITEM = re.compile(r"/library/[0-9a-f-]{36}/$")
HOSTED_PAGE = re.compile(r"/c/pay/cs_test_")


@pytest.fixture
def listing(transactional_db: None) -> Listing:
    return ListingFactory.create(
        seller=SellerProfileFactory.create(name="Bob's Prompts"),
        slug="letters",
        title="Letters that land",
        status=ListingStatus.PUBLISHED,
        text=TEXT,
        variables=[
            {"name": "name", "label": "Who gets it", "type": "text"},
            {"name": "tone", "type": "choice", "choices": ["warm", "formal"], "default": "warm"},
        ],
    )


@pytest.fixture
def alice(transactional_db: None) -> User:
    return UserFactory.create(email="alice@example.test")


def sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/library/")


def go_to_payment_page(page: Page) -> None:
    page.goto("/checkout/?listing=letters")
    page.get_by_role("button", name="Pay $4.99").click()
    expect(page).to_have_url(HOSTED_PAGE)


def pay_with(page: Page, card: str) -> None:
    fields = {"number": card, "expiry": "12 / 34", "cvc": "123", "name": "Alice Buyer", "postal": "94107"}
    for name, value in fields.items():
        page.locator(f'[name="{name}"]').fill(value)
    page.locator("button.pay").click()


def expect_the_text(page: Page, *, is_free: bool = False) -> None:
    """What was paid for is closed until its buyer shows it."""
    expect(page).to_have_url(LIBRARY_ITEM)
    if not is_free:
        expect(page.locator("body")).not_to_contain_text("Zebrafinch")
        page.get_by_role("button", name="Show the prompt").click()
    expect(page.locator("#finished-text")).to_contain_text("Zebrafinch")


def test_a_newcomer_buys_fills_in_and_copies(browser_page: Page, listing: Listing) -> None:
    page = browser_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/prompts/letters/")
    expect(page.locator("body")).not_to_contain_text("Zebrafinch")
    page.locator("main").get_by_role("button", name="Buy").click()

    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Your name").fill("Newcomer")
    page.get_by_label("Email").fill("newcomer@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()

    expect(page).to_have_url(re.compile(r"/checkout/\?listing=letters$"))
    page.get_by_role("button", name="Pay $4.99").click()
    expect(page).to_have_url(HOSTED_PAGE)
    pay_with(page, VISA)
    expect_the_text(page)

    finished = page.locator("#finished-text")
    expect(finished).to_have_text("Write a warm letter to [Who gets it]. Zebrafinch.")
    page.get_by_label("Who gets it").press_sequentially("Ada", delay=30)
    page.get_by_label("Tone").select_option("formal")
    expect(finished).to_have_text("Write a formal letter to Ada. Zebrafinch.")
    expect(page.get_by_label("Who gets it")).to_have_value("Ada")
    page.locator('[data-copy="finished-text"]').click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Write a formal letter to Ada. Zebrafinch."
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as .txt").click()
    assert download.value.path().read_text() == "Write a formal letter to Ada. Zebrafinch."


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_waiting_page_moves_on_by_itself(
    scripts: bool, browser_page: Page, live_site: str, listing: Listing, alice: User
) -> None:
    browser: Any = browser_page.context.browser
    context = browser.new_context(java_script_enabled=scripts, base_url=live_site)
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in(page, alice)
    order = order_create(buyer=alice, listing_slugs=[listing.slug])
    page.goto(f"/checkout/return/?session_id={order.stripe_session_id}")
    expect(page.get_by_role("heading", name="Waiting for the confirmation")).to_be_visible()
    pay(order)
    expect(page).to_have_url(LIBRARY_ITEM, timeout=10_000)
    expect_the_text(page)
    context.close()


def test_a_declined_card_can_be_followed_by_a_good_one(
    browser_page: Page, listing: Listing, alice: User
) -> None:
    sign_in(browser_page, alice)
    go_to_payment_page(browser_page)
    pay_with(browser_page, DECLINED)
    expect(browser_page.get_by_role("alert")).to_contain_text("declined")
    assert not Entitlement.objects.exists()
    pay_with(browser_page, VISA)
    expect_the_text(browser_page)
    assert Order.objects.get().status == OrderStatus.PAID


def test_who_leaves_after_a_refused_card_is_told_why_and_can_go_on(
    browser_page: Page, listing: Listing, alice: User
) -> None:
    page = browser_page
    sign_in(page, alice)
    go_to_payment_page(page)
    pay_with(page, INSUFFICIENT_FUNDS)
    expect(page.get_by_role("alert")).to_contain_text("insufficient funds")
    assert until(lambda: Order.objects.get().payment_problem == "insufficient_funds")
    page.goto(f"/checkout/canceled/?order={Order.objects.get().pk}")
    expect(page.locator("main")).to_contain_text("The card has not enough funds for this payment.")
    page.get_by_role("link", name="Continue paying").click()
    pay_with(page, VISA)
    expect_the_text(page)


def test_a_card_that_asks_for_3d_secure(browser_page: Page, listing: Listing, alice: User) -> None:
    sign_in(browser_page, alice)
    go_to_payment_page(browser_page)
    pay_with(browser_page, ASKS_3D_SECURE)
    browser_page.locator('button[name="outcome"][value="complete"]').click()
    expect_the_text(browser_page)


def test_a_tab_closed_before_the_return_page_still_gets_its_prompt(
    browser_page: Page, listing: Listing, alice: User
) -> None:
    context = browser_page.context
    sign_in(browser_page, alice)
    go_to_payment_page(browser_page)
    context.route("**/checkout/return/**", lambda route: route.abort())
    pay_with(browser_page, VISA)
    assert until(Entitlement.objects.exists)
    browser_page.close()

    page = context.new_page()
    page.goto("/library/")
    page.get_by_role("link", name="Letters that land").click()
    expect_the_text(page)


def test_an_abandoned_payment_charges_nothing_and_can_be_canceled(
    browser_page: Page, listing: Listing, alice: User
) -> None:
    page = browser_page
    sign_in(page, alice)
    go_to_payment_page(page)
    page.get_by_role("link", name=re.compile("Back")).first.click()
    expect(page.get_by_role("heading", name="Nothing was charged")).to_be_visible()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.locator("main")).to_contain_text("This order was canceled. Nothing was charged.")
    page.get_by_role("link", name="Buy again").click()
    expect(page.get_by_role("button", name="Pay $4.99")).to_be_visible()
    assert Order.objects.get().status == OrderStatus.CANCELED


def test_a_free_prompt_goes_straight_to_the_library(browser_page: Page, alice: User, db: None) -> None:
    ListingFactory.create(
        slug="gift", title="A gift", price_amount=0, status=ListingStatus.PUBLISHED, text="Zebrafinch."
    )
    sign_in(browser_page, alice)
    browser_page.goto("/prompts/gift/")
    browser_page.locator("main").get_by_role("button", name="Add to library").click()
    expect_the_text(browser_page, is_free=True)


def test_the_whole_purchase_works_without_scripts(
    browser_page: Page, live_site: str, listing: Listing, alice: User
) -> None:
    browser: Any = browser_page.context.browser
    context = browser.new_context(java_script_enabled=False, base_url=live_site)
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in(page, alice)
    page.goto("/prompts/letters/")
    page.locator("main").get_by_role("button", name="Buy").click()
    pay_with(page, VISA)
    expect_the_text(page)
    page.get_by_role("button", name="Finish the text").click()
    expect(page.locator("main")).to_contain_text("Fill this in.")
    page.get_by_label("Who gets it").fill("Ada")
    page.get_by_role("button", name="Finish the text").click()
    expect(page.locator("#finished-text")).to_have_text("Write a warm letter to Ada. Zebrafinch.")
    context.close()
