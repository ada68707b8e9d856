"""The insights page: what many searched for in vain, and sums of many sellers; nobody's own figures."""

import pytest
from django.core.cache import cache
from django.test import Client

from listings.missed import MIN_PEOPLE, missed_searches, search_missed
from listings.models import ListingStatus
from listings.queries.market import market_groups
from tests.factories import CategoryFactory, ListingFactory, SellerProfileFactory

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def searched(text, people):
    for number in range(people):
        search_missed(text=text, visitor=f"visitor {number}")


def on_sale(count, seller, **fields):
    return [ListingFactory(seller=seller, status=ListingStatus.PUBLISHED, **fields) for _ in range(count)]


def test_a_search_is_told_once_enough_people_made_it():
    searched("unicorn pedigrees", MIN_PEOPLE - 1)
    assert missed_searches() == []
    searched("  Unicorn   PEDIGREES ", MIN_PEOPLE)
    assert [(each.text, each.people_count) for each in missed_searches()] == [
        ("unicorn pedigrees", MIN_PEOPLE)
    ]


def test_one_person_who_searches_often_counts_once():
    for _ in range(MIN_PEOPLE * 2):
        search_missed(text="unicorns", visitor="the same")
    assert missed_searches() == []


@pytest.mark.parametrize("text", ["ada@example.com", "call 5551234", "https://x.example", "ab", "x" * 61])
def test_what_could_name_a_person_is_not_kept(text):
    searched(text, MIN_PEOPLE)
    assert missed_searches() == []


def test_a_search_that_finds_nothing_is_noted_and_one_that_finds_is_not():
    on_sale(1, SellerProfileFactory(), title="Letters that land")
    for number in range(MIN_PEOPLE):
        client = Client(headers={"user-agent": f"{BROWSER} {number}"})
        client.get("/prompts/?q=zzqxv+unicorns")
        client.get("/prompts/?q=letters")
        client.get("/prompts/?q=zzqxv+unicorns")
    assert [each.text for each in missed_searches()] == ["zzqxv unicorns"]


def test_a_program_searches_for_nobody():
    for _ in range(MIN_PEOPLE):
        Client(headers={"user-agent": "curl/8.0"}).get("/prompts/?q=zzqxv+unicorns")
    assert missed_searches() == []


def test_a_category_of_few_sellers_is_not_told():
    few, many = CategoryFactory(slug="few"), CategoryFactory(slug="many")
    on_sale(6, SellerProfileFactory(), category=few)
    for price in (300, 500, 900):
        on_sale(2, SellerProfileFactory(), category=many, price_amount=price)
    [group] = [each for each in market_groups("category") if each.slug in ("few", "many")]
    assert (group.slug, group.listings_count, group.sellers_count) == ("many", 6, 3)
    assert (group.low_amount, group.middle_amount, group.high_amount) == (300, 500, 900)


def test_the_page_shows_them_beside_the_sellers_own_prices(client):
    many = CategoryFactory(slug="many", name="Many things")
    sellers = [SellerProfileFactory() for _ in range(3)]
    for seller, price in zip(sellers, (300, 500, 900), strict=True):
        on_sale(2, seller, category=many, price_amount=price)
    searched("unicorn pedigrees", MIN_PEOPLE)
    client.force_login(sellers[2].user)
    page = client.get("/sell/insights/").content.decode()
    for shown in ("unicorn pedigrees", "Many things", "$9.00", "$3.00"):
        assert shown in page


def test_the_page_without_anything_says_so(client):
    client.force_login(SellerProfileFactory().user)
    page = client.get("/sell/insights/").content.decode()
    assert "Nothing that at least 5 people looked for" in page
    assert "Too few prompts are on sale" in page
