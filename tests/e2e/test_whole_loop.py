"""The main job from nothing, each step by the pages a person uses: sell, publish, buy, read."""

import os
import re
from email import message_from_string, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from payments.models import Delivery
from payments.queries import seller_balance
from tests.e2e.test_buying import HOSTED_PAGE, LIBRARY_ITEM, VISA, pay_with
from tests.factories import PASSWORD, UserFactory
from tests.payments.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SELLER, BUYER = "bob@example.test", "alice@example.test"


def sign_up(page: Page, email: str, name: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url("**/library/")


def link_in_mail(to: str, pattern: str) -> str:
    """The address like `pattern` in the newest mail to `to`; the folder may hold those of earlier runs."""
    folder = Path(os.environ["MAILBOX_DIR"])

    def found() -> list[str]:
        texts = [file.read_text() for file in sorted(folder.glob("*.log"), reverse=True)]
        mails = [
            message_from_string(part, policy=policy.default)
            for text in texts
            for part in text.split("-" * 79)
        ]
        bodies = [mail.get_body(("plain",)) for mail in mails if to in str(mail["To"])]
        return [link for body in bodies if body for link in re.findall(pattern, body.get_content())]

    assert until(found), f"no mail to {to} with {pattern}"
    return found()[0]


def test_sell_publish_buy_read(browser_page: Page, live_site: str) -> None:
    page = browser_page
    sign_up(page, SELLER, "Bob")
    page.goto(link_in_mail(SELLER, rf"{live_site}/accounts/confirm-email/\S+"))
    page.locator("main").get_by_role("button").first.click()

    page.goto("/sell/")
    page.locator("#id_handle").fill("bobs-prompts")
    page.locator("#id_name").fill("Bob's prompts")
    page.locator("main form").last.get_by_role("button").last.click()
    page.goto("/sell/listings/new/")
    page.locator("#id_title").fill("Weather letters")
    page.locator("#id_summary").fill("A letter about the weather.")
    page.locator("#id_description").fill("It writes letters about **any** weather.")
    page.locator("#id_prompt").fill("Write to {{name}} about the weather. Zebrafinch.")
    page.locator("#variable-name-label").wait_for()
    for number, name in enumerate(("Ann", "Ben")):
        page.locator(f"#example-{number}-value-name").fill(name)
        page.locator(f"#example-{number}-output").fill(f"Dear {name}, it rains.")
    page.locator("#id_price").fill("9.99")
    page.get_by_role("button", name="Submit for review").click()
    page.get_by_text("Number 1 in the queue").wait_for()
    page.context.clear_cookies()

    UserFactory(email="moderator@example.test", is_staff=True)
    page.goto("/admin/")
    page.get_by_label("Email").fill("moderator@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.goto("/admin/listings/submittedversion/")
    page.get_by_role("link", name="Weather letters").click()
    expect(page.locator("body")).to_contain_text("Zebrafinch")
    if (seen := page.get_by_label("I have seen what the checks found")).count():
        seen.check()
    page.get_by_role("button", name="Publish").click()
    page.context.clear_cookies()

    sign_up(page, BUYER, "Alice")
    page.goto("/prompts/?q=weather")
    page.get_by_role("link", name="Weather letters").first.click()
    expect(page.locator("body")).not_to_contain_text("Zebrafinch")
    page.locator("main").get_by_role("button", name="Buy").click()
    if not HOSTED_PAGE.search(page.url):
        page.get_by_role("button", name="Pay $9.99").click()
    expect(page).to_have_url(HOSTED_PAGE)
    pay_with(page, VISA)
    expect(page).to_have_url(LIBRARY_ITEM)
    page.get_by_role("button", name="Show the prompt").click()
    page.get_by_label("Name").fill("Cleo")
    expect(page.locator("#finished-text")).to_have_text("Write to Cleo about the weather. Zebrafinch.")

    assert until(lambda: Delivery.objects.filter(receipt_sent_at__isnull=False).exists())
    delivery = Delivery.objects.get()
    assert delivery.order.number
    assert seller_balance(delivery.order.items.get().seller).pending_amount == 800
