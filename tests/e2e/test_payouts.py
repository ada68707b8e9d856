"""Being paid as sellers do it: Stripe's onboarding in a real browser, and earnings asked for."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import SellerProfile
from payments.models import ConnectedAccount, Payout, PayoutStatus
from tests.e2e.test_buying import sign_in
from tests.factories import SellerProfileFactory
from tests.payments.paying_out import earn
from tests.payments.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ONBOARDING = re.compile(r"/c/onboarding/acctlink_")


@pytest.fixture
def seller(transactional_db: None, stripe_sandbox: str) -> SellerProfile:
    """Alice with $48.00 available and no account at Stripe."""
    made = SellerProfileFactory.create(user__email="alice@example.test")
    earn(made, 4800)
    return made


def go_to_stripe(page: Page) -> None:
    page.goto("/sell/payouts/")
    page.get_by_role("link", name="Set up payouts").click()
    page.get_by_label("Where is your bank account?").select_option("DE")
    page.get_by_role("button", name="Go to Stripe").click()
    expect(page).to_have_url(ONBOARDING)


def test_a_seller_goes_through_stripes_onboarding_and_is_paid(
    browser_page: Page, seller: SellerProfile
) -> None:
    page = browser_page
    sign_in(page, seller.user)
    go_to_stripe(page)
    page.locator("button[name=fill]").click()
    page.locator("form").get_by_role("button", name="Submit").click()
    page.wait_for_url("**/sell/payouts/")
    expect(page.get_by_text("You can be paid now.")).to_be_visible()
    assert ConnectedAccount.objects.get().country == "DE"

    page.get_by_label("Amount in US dollars").fill("12,50")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Pay out $12.50?")).to_be_visible()
    expect(page.get_by_text("$35.50")).to_be_visible()
    page.get_by_role("button", name="Pay out $12.50").click()
    expect(page.get_by_text("$12.50 are being sent to your Stripe account.")).to_be_visible()
    assert until(lambda: Payout.objects.filter(status=PayoutStatus.PAID, amount=1250).exists())
    page.reload()
    expect(page.get_by_text("It is in your Stripe account.")).to_be_visible()

    page.goto("/sell/payouts/")
    page.get_by_role("button", name="Stripe dashboard").click()
    expect(page).to_have_url(re.compile(r"/c/dashboard/acct_"))


def test_a_seller_who_stops_halfway_can_go_on(browser_page: Page, seller: SellerProfile) -> None:
    page = browser_page
    sign_in(page, seller.user)
    go_to_stripe(page)
    used = page.url
    page.goto("/sell/payouts/")
    expect(page.get_by_role("heading", name="Your account at Stripe is not finished")).to_be_visible()
    expect(page.get_by_text("A bank account to send the money to")).to_be_visible()
    page.get_by_role("button", name="Go on at Stripe").click()
    expect(page).to_have_url(ONBOARDING)
    page.goto(used)
    expect(page).to_have_url(ONBOARDING)
    assert page.url != used, "a used link leads back to us, and we to a new one"
    assert ConnectedAccount.objects.count() == 1
