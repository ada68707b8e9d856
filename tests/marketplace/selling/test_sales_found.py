"""Finding sales: by order, title, state, source and day; page, CSV and JSON find the same."""

import csv
import json

import pytest
from django.test import Client

from common import clock
from listings.models import ListingStatus
from payments.models import OrderItem
from tests.factories import ListingFactory, SellerProfileFactory
from tests.marketplace.selling.sales import sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return SellerProfileFactory()


@pytest.fixture
def studio(bob) -> Client:
    client = Client()
    client.force_login(bob.user)
    return client


@pytest.fixture
def sales(bob) -> dict[str, OrderItem]:
    letters = ListingFactory(seller=bob, status=ListingStatus.PUBLISHED, title="Letters that land")
    poems = ListingFactory(seller=bob, status=ListingStatus.PUBLISHED, title="Poems")
    return {
        "pending": sold(letters),
        "available": sold(letters, is_released=True),
        "refunded": sold(poems, refunded_amount=100),
    }


def found(studio, query) -> set[str]:
    """Order numbers in the file; page and JSON must have the same."""
    lines = list(csv.DictReader(b"".join(studio.get(f"/sell/sales/sales.csv?{query}")).decode().splitlines()))
    objects = json.loads(b"".join(studio.get(f"/sell/sales/sales.json?{query}")))
    numbers = {line["order_number"] for line in lines}
    page = studio.get(f"/sell/sales/?{query}").content.decode()
    assert [each["order_number"] for each in objects] == [line["order_number"] for line in lines]
    assert all(number in page for number in numbers)
    assert page.count("PF-") == len(numbers)
    return numbers


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"pending", "available", "refunded"}),
        ("state=pending", {"pending", "refunded"}),
        ("state=available", {"available"}),
        ("state=refunded", {"refunded"}),
        ("state=disputed", set()),
        ("q=letters", {"pending", "available"}),
        ("q=nothing", set()),
        ("source=own_link", set()),
        ("source=site&q=poem", {"refunded"}),
        ("last=2020-01-01", set()),
    ],
)
def test_what_is_asked_for_is_found(studio, sales, query, names):
    assert found(studio, query) == {sales[name].order.number for name in names}


def test_an_order_is_found_by_its_number_in_any_case(studio, sales):
    number = sales["pending"].order.number
    page = studio.get(f"/sell/sales/?q={number.lower()}").content.decode()
    assert page.count(number) == 1


def test_days_are_both_included(studio, sales):
    today = clock.now().date()
    assert len(found(studio, f"first={today}&last={today}")) == 3


def test_a_filter_that_makes_no_sense_is_said_and_left_aside(studio, sales):
    page = studio.get("/sell/sales/?first=yesterday&state=nonsense").content.decode()
    assert "Enter a valid date." in page
    assert all(item.order.number in page for item in sales.values())


def test_pages_follow_each_other_and_lose_none(studio, bob):
    listing = ListingFactory(seller=bob, status=ListingStatus.PUBLISHED)
    numbers = [sold(listing).order.number for _ in range(27)]
    first = studio.get("/sell/sales/")
    second = studio.get(f"/sell/sales/?cursor={first.context['next_cursor']}")
    shown = [row.item.order.number for page in (first, second) for row in page.context["rows"]]
    assert shown == numbers[::-1]


def test_anothers_sale_is_no_place_to_go_on_from(studio, sales):
    other = sold(ListingFactory(status=ListingStatus.PUBLISHED))
    page = studio.get(f"/sell/sales/?cursor={other.pk}").content.decode()
    assert "PF-" not in page


def test_a_file_of_no_sales_is_a_file(studio):
    assert json.loads(b"".join(studio.get("/sell/sales/sales.json"))) == []
