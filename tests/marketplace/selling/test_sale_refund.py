"""A seller gives money back: what it costs whom is said first, and only own sales can be refunded."""

import html
import re

import pytest

from payments.models import Refund, RefundReason
from payments.queries import seller_balance
from payments.services import checkout_return
from payments.services.refunds import refund_send
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.support import balances, ordered, pay, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]


@pytest.fixture
def alice():
    return SellerProfileFactory()


@pytest.fixture
def studio(client, alice):
    """Alice's browser."""
    client.force_login(alice.user)
    return client


@pytest.fixture
def sale(alice):
    """$9.99: fee 199, share 800."""
    buyer = UserFactory.create()
    order = ordered(buyer, published_listing(seller=alice, price_amount=999, title="Apple pie"))
    pay(order)
    return checkout_return(session_id=order.stripe_session_id, buyer=buyer).items.get()


def url_of(sale):
    return f"/sell/sales/{sale.pk}/refund/"


def text_of(browser, url):
    return html.unescape(browser.get(url).content.decode())


def give_back(browser, sale, **fields):
    """Fill in the page as it was shown, and press its button."""
    page = text_of(browser, url_of(sale))
    [seen] = re.findall(r'name="seen" value="(\d+)"', page)
    [amount] = re.findall(r'name="amount" value="([^"]*)"', page)
    return browser.post(
        url_of(sale), {"amount": amount, "seen": seen, "note": "A slip."} | fields, follow=True
    )


def test_the_list_of_sales_leads_to_it(studio, sale):
    assert url_of(sale) in text_of(studio, "/sell/sales/")


def test_the_page_says_who_gives_what(studio, sale):
    page = text_of(studio, url_of(sale))
    assert "Apple pie" in page
    for figure in ("$9.99", "\N{MINUS SIGN}$8.00", "\N{MINUS SIGN}$1.99"):
        assert figure in page
    assert sale.order.buyer.email not in page


def test_all_that_is_left_is_given_back_unless_told(studio, alice, sale):
    answer = give_back(studio, sale)
    said = "$9.99 are on their way back to the buyer: $8.00 from you, $1.99 from us."
    assert said in answer.content.decode()
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.requested_by) == (999, RefundReason.SELLER, alice.user)
    refund_send(refund_id=refund.pk)
    assert seller_balance(alice).pending_amount == 0
    assert balances().get("platform_revenue", 0) == 0
    assert url_of(sale) not in text_of(studio, "/sell/sales/")


def test_a_part_takes_from_share_and_fee_in_proportion(studio, alice, sale):
    give_back(studio, sale, amount="3,33")
    refund_send(refund_id=Refund.objects.get().pk)
    assert seller_balance(alice).pending_amount == 800 - 267
    assert balances()["platform_revenue"] == -(199 - 66)
    page = text_of(studio, url_of(sale))
    assert "all that is left" in page
    assert "$6.66" in page


def test_a_second_click_gives_nothing_more_back(studio, sale):
    page = text_of(studio, url_of(sale))
    [seen] = re.findall(r'name="seen" value="(\d+)"', page)
    fields = {"amount": "2", "seen": seen, "note": "A slip."}
    studio.post(url_of(sale), fields)
    again = studio.post(url_of(sale), fields)
    assert "given back meanwhile" in again.content.decode()
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("fields", [{"amount": "10"}, {"amount": "0"}, {"amount": "x"}, {"note": ""}])
def test_a_slip_is_said_at_its_field(studio, sale, fields):
    answer = give_back(studio, sale, **fields)
    assert 'class="field is-invalid"' in answer.content.decode()
    assert not Refund.objects.exists()


def test_nothing_left_leads_back(studio, sale):
    give_back(studio, sale)
    answer = studio.get(url_of(sale), follow=True)
    assert "nothing left to give back" in answer.content.decode()


def test_another_sellers_sale_is_not_there(client, sale):
    client.force_login(SellerProfileFactory().user)
    assert client.get(url_of(sale)).status_code == 404
    assert client.post(url_of(sale), {"amount": "1", "note": "x"}).status_code == 404
    assert not Refund.objects.exists()


def test_what_the_buyer_paid_to_others_is_not_said(client, alice):
    dora, buyer = SellerProfileFactory(), UserFactory.create()
    listings = [published_listing(seller=alice, price_amount=300), published_listing(seller=dora)]
    order = ordered(buyer, *listings)
    pay(order)
    checkout_return(session_id=order.stripe_session_id, buyer=buyer)
    [hers] = order.items.filter(seller=dora)
    client.force_login(dora.user)
    page = text_of(client, url_of(hers))
    assert not re.search(rf'value="{order.total_amount}"', page)
    assert re.search(rf'name="seen" value="{hers.net_amount}"', page)


def test_in_an_order_of_two_sellers_each_refunds_their_own(client, alice):
    dora, buyer = SellerProfileFactory(), UserFactory.create()
    order = ordered(
        buyer,
        published_listing(seller=alice, price_amount=300),
        published_listing(seller=dora, price_amount=999),
    )
    pay(order)
    checkout_return(session_id=order.stripe_session_id, buyer=buyer)
    [hers] = order.items.filter(seller=dora)
    client.force_login(dora.user)
    give_back(client, hers)
    refund = Refund.objects.get()
    assert [part.item for part in refund.items.all()] == [hers]
    refund_send(refund_id=refund.pk)
    assert (seller_balance(alice).pending_amount, seller_balance(dora).pending_amount) == (240, 0)
