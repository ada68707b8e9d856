"""What a seller sees and is told of disputes: page, API, mails and books say the same."""

import json

import pytest
from django.core import mail
from django.test import Client

from accounts.models import ApiToken, Scope, SellerProfile
from accounts.services import token_create
from common.models import OutboxMessage
from common.outbox import message_deliver
from payments.models import Order
from payments.queries import seller_balance, seller_totals
from payments.services import checkout_return
from payments.services.rollups import days_roll
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.disputing import bank, disputed
from tests.payments.support import ordered, pay, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]


@pytest.fixture
def sellers() -> list[SellerProfile]:
    return [SellerProfileFactory(user__email=f"seller{n}@example.test") for n in (1, 2)]


@pytest.fixture
def order(sellers: list[SellerProfile]) -> Order:
    """$3.00 of the first seller and $7.00 of the second."""
    buyer = UserFactory()
    prices = zip(sellers, (300, 700), (f"Tea and {word}" for word in ("milk", "lemon")), strict=True)
    listings = [published_listing(seller=seller, price_amount=price, title=t) for seller, price, t in prices]
    order = ordered(buyer, *listings)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def sales_page(seller: SellerProfile) -> str:
    """The totals and the rows, but not the filters."""
    client = Client()
    client.force_login(seller.user)
    days_roll()
    page = client.get("/sell/sales/").content.decode()
    totals, rows = page.index('<dl class="figure-row"'), page.index("<tbody")
    return page[totals : page.index("</dl>", totals)] + page[rows : page.index("</tbody>")]


def sale_in_api(seller: SellerProfile) -> dict:
    _token, secret = token_create(user=seller.user, name="t", scopes=[Scope.SALES_READ])
    answer = Client().get("/api/v1/seller/sales/", headers={"Authorization": f"Bearer {secret}"})
    return json.loads(answer.content)["results"][0]


def mails_of(topic: str) -> dict[str, mail.EmailMultiAlternatives]:
    mail.outbox.clear()
    for message in OutboxMessage.objects.filter(topic=topic):
        message_deliver(message.pk)
    return {each.to[0]: each for each in mail.outbox}


def test_page_api_and_books_say_the_same_of_a_dispute(order: Order, sellers: list[SellerProfile]) -> None:
    first, second = sellers
    dispute = disputed(order, amount=500)
    assert "Disputed, $1.20 held" in sales_page(first)
    assert "$2.80 of it is held or was lost in disputes" in sales_page(second)
    sale = sale_in_api(second)
    assert (sale["dispute"], sale["disputed_amount"], sale["disputed_share_amount"]) == ("open", 350, 280)
    assert seller_totals(second).disputed_amount == 280
    assert seller_balance(second).pending_amount == 560 - 280
    bank(dispute, "close", outcome="lost")
    assert "Dispute lost, $2.80" in sales_page(second)
    assert sale_in_api(second)["dispute"] == "lost"


def test_a_won_dispute_leaves_the_sale_as_it_was(order: Order, sellers: list[SellerProfile]) -> None:
    bank(disputed(order), "close", outcome="won")
    shown = sales_page(sellers[0])
    assert "Disputed" not in shown
    assert "Pending" in shown
    sale = sale_in_api(sellers[0])
    assert (sale["dispute"], sale["disputed_amount"], sale["disputed_share_amount"]) == ("won", 0, 0)


def test_each_seller_is_told_of_the_own_share_at_stake(order: Order, sellers: list[SellerProfile]) -> None:
    disputed(order, withdraw=False)
    sent = mails_of("dispute_opened")
    assert set(sent) == {"seller1@example.test", "seller2@example.test"}
    told = sent["seller2@example.test"]
    assert order.number in told.subject
    assert "$5.60" in told.body
    assert "lemon" in told.body
    assert "milk" not in told.body
    assert "You need not do anything" in told.body
    assert order.buyer.email not in told.body + str(told.alternatives)
    assert "$5.60" in str(told.alternatives)


@pytest.mark.parametrize(("outcome", "words"), [("won", "are yours"), ("lost", "are lost")])
def test_each_seller_is_told_how_it_ended(
    order: Order, sellers: list[SellerProfile], outcome: str, words: str
) -> None:
    bank(disputed(order), "close", outcome=outcome)
    sent = mails_of("dispute_closed")
    assert len(sent) == 2
    assert "$2.40" in sent["seller1@example.test"].body
    assert words in sent["seller1@example.test"].body


def test_sellers_hear_nothing_of_an_inquiry(order: Order) -> None:
    bank(disputed(order, inquiry=True), "close")
    assert mails_of("dispute_opened") == {}
    assert mails_of("dispute_closed") == {}


def test_a_french_seller_is_told_in_french_amounts(order: Order, sellers: list[SellerProfile]) -> None:
    user = sellers[0].user
    user.language = "fr"
    user.save()
    disputed(order)
    assert "2,40" in mails_of("dispute_opened")["seller1@example.test"].body


def test_more_disputed_sales_cost_no_more_queries(
    order: Order, sellers: list[SellerProfile], django_assert_max_num_queries: object
) -> None:
    disputed(order)
    assert ApiToken.objects.count() == 0
    client = Client()
    client.force_login(sellers[0].user)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get("/sell/sales/")
