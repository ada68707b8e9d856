"""What each page and list costs in statements: at most twelve, and the same for 5 rows as for 50.

Every page that anyone may open is here, and every list of the API, for a guest and for somebody signed in.
"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import NoticeKind, Scope, SellerProfile
from common import clock
from listings.models import Collection, CollectionItem, Listing, ListingStatus
from listings.search.vocabulary import vocabulary_count
from marketplace.community.models import Follow, Question
from marketplace.models import Favorite, Review
from marketplace.notifying.services import News, people_notify
from marketplace.pages import finding_urls
from payments.models import Entitlement
from payments.services.orders import order_create
from tests.factories import ListingFactory, SellerProfileFactory
from tests.marketplace.api.support import secret_of
from tests.marketplace.selling.sales import sold

MOST = 12
FEW, MANY = 5, 50

PAGES = {
    "home": "/",
    "prompts": "/prompts/",
    "prompts, searched": "/prompts/?q=lighthouse",
    "prompts, filtered": "/prompts/?q=lighthouse&model=claude&category=writing&max_price=90&rating=2",
    "prompts, mistyped": "/prompts/?q=lighthousr",
    "prompts, nothing found": "/prompts/?q=zzzzqqq+lighthouse&model=claude&free=1&rating=5&tag=letters",
    "prompt": "/prompts/it-0/",
    "prompt_report": "/prompts/it-0/report/",
    "prompt_questions": "/prompts/it-0/questions/",
    "prompt_cover": "/prompts/it-0/cover.svg",
    "model": "/models/claude/",
    "model, newest": "/models/claude/?sort=newest",
    "category": "/categories/writing/",
    "tag": "/tags/letters/",
    "seller": "/sellers/mara/",
    "collection": "/collections/picks/",
    "recent": "/recent/",
    "feed_new": "/feeds/new.atom",
    "feed_model": "/feeds/models/claude.atom",
    "licence": "/licences/personal/1/",
    "feed_category": "/feeds/categories/writing.atom",
    "sitemap": "/sitemap.xml",
    "sitemap_shelves": "/sitemap-shelves.xml",
    "sitemap_prompts": "/sitemap-prompts-0.xml",
    "sitemap_sellers": "/sitemap-sellers-0.xml",
    "robots": "/robots.txt",
    "llms": "/llms.txt",
    "cart": "/cart/",
}
# Pictures are files once they are drawn, and a form's answer is no page.
NOT_PAGES = {"example_picture", "prompt_picture", "site_picture", "set_language"}
OWN_PAGES = [
    *("/library/", "/library/?q=it", "/sell/listings/", "/sell/sales/", "/sell/questions/", "/account/"),
    *("/account/notifications/", "/notifications/", "/following/"),
]
API = [
    "listings/?page_size=50",
    "listings/?q=lighthouse&page_size=50",
    "listings/it-0/",
    "listings/it-0/reviews/",
    "listings/it-0/similar/",
    "models/",
    "categories/",
    "tags/",
    "search/suggest/?q=light",
]
OWN_API = [
    "library/?page_size=50",
    "orders/?page_size=50",
    "me/favorites/?page_size=50",
    "seller/listings/?page_size=50",
    "seller/sales/?page_size=50",
    "listings/it-0/versions/",
]


@pytest.fixture
def mara(db: None) -> SellerProfile:
    Collection.objects.create(slug="picks", title="Picks", is_shown=True)
    return SellerProfileFactory(handle="mara")


def fill(mara: SellerProfile, first: int, end: int) -> None:
    """Listings of Mara's that are sold, reviewed, picked and kept, and as many of others that she owns."""
    for number in range(first, end):
        price = 0 if number % 2 else 500
        listing = _on_sale(
            f"it-{number}", model__slug="claude", seller=mara, price_amount=price, tags=["letters"]
        )
        CollectionItem.objects.create(collection=Collection.objects.get(), listing=listing, position=number)
        Favorite.objects.create(user=mara.user, listing=listing)
        item = sold(listing)
        entitlement = Entitlement.objects.create(
            item=item, buyer=item.order.buyer, listing=listing, version=item.version
        )
        Review.objects.create(
            entitlement=entitlement,
            listing_id=_first_id(),
            buyer=entitlement.buyer,
            stars=5,
            text="It works.",
        )
        Question.objects.create(
            listing_id=_first_id(),
            asker=entitlement.buyer,
            text="Does it rhyme?",
            answer="It does.",
            answered_at=clock.now(),
        )
        Follow.objects.create(user=mara.user, seller=SellerProfileFactory())
        people_notify(
            kind=NoticeKind.SALE,
            source=f"order:{item.order_id}",
            news=[News(mara.user_id, "sale_free", "/sell/sales/", {"title": listing.title})],
        )
        other = _on_sale(f"other-{number}", model__slug="gemini", price_amount=0, tags=[f"tag-{number}"])
        order_create(buyer=mara.user, listing_slugs=[other.slug])
    while vocabulary_count():
        pass


def _on_sale(slug: str, **fields: Any) -> Listing:
    title = f"Lighthouse keeper {slug}"
    return ListingFactory(
        slug=slug, title=title, status=ListingStatus.PUBLISHED, category__slug="writing", **fields
    )


def _first_id() -> int:
    return Listing.objects.values_list("pk", flat=True).get(slug="it-0")


def counts(clients: dict[str, tuple[Any, list[str]]]) -> dict[str, int]:
    """Statements of a second, warm GET by who asks and path; tests' clock, asked once a second, left out."""
    found = {}
    for who, (client, paths) in clients.items():
        for path in paths:
            answers = [client.get(path)]
            with CaptureQueriesContext(connection) as captured:
                answers.append(client.get(path))
                list(answers[-1]) if answers[-1].streaming else None
            assert {answer.status_code for answer in answers} == {200}, f"{who}: {path}"
            sent = [query["sql"] for query in captured if "common_clockoffset" not in query["sql"]]
            found[f"{who}: {path}"] = len(sent)
    return found


@pytest.mark.django_db
def test_no_page_asks_more_than_twelve_times_nor_more_often_for_more_rows(
    mara: SellerProfile, settings: Any
) -> None:
    settings.PAGE_COPIES_MB = 0
    visitor, seller, api = Client(), Client(), Client()
    seller.force_login(mara.user)
    secret = secret_of(mara.user, list(Scope))
    token = Client(headers={"Authorization": f"Bearer {secret}"})
    public_api, own_api = [f"/api/v1/{path}" for path in API], [f"/api/v1/{path}" for path in OWN_API]
    clients = {
        "guest": (visitor, list(PAGES.values())),
        "signed in": (seller, [*PAGES.values(), *OWN_PAGES]),
        "API": (api, public_api),
        "API with a token": (token, [*public_api, *own_api]),
    }

    fill(mara, 0, FEW)
    few = counts(clients)
    fill(mara, FEW, MANY)
    many = counts(clients)

    assert {path: (few[path], many[path]) for path in few if few[path] != many[path]} == {}
    assert {path: count for path, count in many.items() if count > MOST} == {}


def test_every_public_page_is_measured() -> None:
    measured = {name.partition(",")[0] for name in PAGES}
    assert {pattern.name for pattern in finding_urls.urlpatterns} <= measured | NOT_PAGES
