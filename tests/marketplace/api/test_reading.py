"""What reading offers beside rows: parts of them, what they name in full, compression, notice of an end."""

import datetime
import gzip
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus
from listings.search import search_row_refresh
from marketplace.api.base import ApiView
from marketplace.api.deprecation import Deprecation
from payments.models import Entitlement
from tests.factories import ListingFactory, SellerProfileFactory
from tests.marketplace.api.support import ClientOf, problem_of, query_count

LISTINGS = "/api/v1/listings/"
SINCE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
SUNSET = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)

pytestmark = pytest.mark.django_db


def test_fields_leave_the_rest_out(anonymous: APIClient, listing: Listing) -> None:
    [row] = anonymous.get(f"{LISTINGS}?fields=slug,price_amount").json()["results"]
    assert row == {"slug": "on-sale", "price_amount": 499}
    assert anonymous.get(f"{LISTINGS}on-sale/?fields=title").json() == {"title": "On sale"}
    whole = anonymous.get(f"{LISTINGS}on-sale/").json()
    assert anonymous.get(f"{LISTINGS}on-sale/?fields=").json() == whole
    for path in (LISTINGS, f"{LISTINGS}on-sale/"):
        problem = problem_of(anonymous.get(f"{path}?fields=slug,text"), 400, "invalid")
        assert list(problem["errors"]) == ["fields"]


def test_the_next_page_has_the_same_fields(anonymous: APIClient, storefront: SellerProfile) -> None:
    for number in range(3):
        made = ListingFactory(seller=storefront, slug=f"p-{number}", status=ListingStatus.PUBLISHED)
        search_row_refresh(made.pk)
    page = anonymous.get(f"{LISTINGS}?fields=slug&page_size=2").json()
    assert [list(row) for row in anonymous.get(page["next"]).json()["results"]] == [["slug"]]


def test_expand_tells_in_full_what_a_listing_names(anonymous: APIClient, listing: Listing) -> None:
    for path in (f"{LISTINGS}on-sale/", LISTINGS):
        answer = anonymous.get(f"{path}?expand=model,category,seller").json()
        row = answer["results"][0] if "results" in answer else answer
        assert row["expanded"]["model"]["slug"] == row["model"] == listing.model.slug
        assert row["expanded"]["category"]["slug"] == row["category"]
        assert row["expanded"]["seller"]["url"].endswith("/sellers/alice-shop/")
    assert "expanded" not in anonymous.get(f"{LISTINGS}on-sale/").json()
    problem = problem_of(anonymous.get(f"{LISTINGS}?expand=buyers"), 400, "invalid")
    assert list(problem["errors"]) == ["expand"]
    both = anonymous.get(f"{LISTINGS}on-sale/?fields=slug&expand=model").json()
    assert sorted(both) == ["expanded", "slug"]


def test_expanding_asks_the_database_nothing_more(anonymous: APIClient, listing: Listing) -> None:
    expanded = query_count(anonymous, f"{LISTINGS}?expand=model,category,seller")
    assert expanded == query_count(anonymous, LISTINGS)


def test_the_library_tells_its_listings(client_of: ClientOf, owned: Entitlement) -> None:
    buyer = client_of(owned.buyer)
    [row] = buyer.get("/api/v1/library/?expand=listing").json()["results"]
    assert row["expanded"]["listing"]["slug"] == "for-nothing"
    assert row["expanded"]["listing"]["owned"] is True
    Listing.objects.update(status=ListingStatus.UNLISTED)
    [row] = buyer.get("/api/v1/library/?expand=listing").json()["results"]
    assert row["expanded"] == {"listing": None}


def test_a_storefronts_listings_are_a_filter(anonymous: APIClient, listing: Listing) -> None:
    other = ListingFactory(
        seller=SellerProfileFactory(handle="other-shop"), status=ListingStatus.PUBLISHED, slug="other"
    )
    for each in (listing, other):
        search_row_refresh(each.pk)
    for handle, slugs in (("other-shop", ["other"]), ("alice-shop", ["on-sale"]), ("nobody", [])):
        found = anonymous.get(f"{LISTINGS}?seller={handle}").json()["results"]
        assert [row["slug"] for row in found] == slugs


def test_what_anyone_may_read_is_compressed(anonymous: APIClient, listing: Listing) -> None:
    plain = anonymous.get(LISTINGS)
    packed = anonymous.get(LISTINGS, HTTP_ACCEPT_ENCODING="gzip, br")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
    assert packed["ETag"] == plain["ETag"]
    again = anonymous.get(LISTINGS, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=packed["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_that_a_token_reads_is_compressed(client_of: ClientOf, owned: Entitlement) -> None:
    """Beside a secret no length may tell whether a stranger guessed a part of it (BREACH)."""
    buyer = client_of(owned.buyer)
    for path in (LISTINGS, "/api/v1/library/", f"/api/v1/library/{owned.pk}/", "/api/v1/me/"):
        response = buyer.get(path, HTTP_ACCEPT_ENCODING="gzip")
        assert response.status_code == 200
        assert "Content-Encoding" not in response.headers


def test_an_operation_that_will_go_says_so() -> None:
    class Going(ApiView):
        public = frozenset({"GET"})
        deprecations = {"GET": Deprecation(SINCE, SUNSET, "https://promptfair.example/docs")}

        def get(self, request: Any) -> Response:
            return Response({})

    response = Going.as_view()(RequestFactory().get("/"))
    assert response["Deprecation"] == "@1767225600"
    assert response["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert response["Link"] == '<https://promptfair.example/docs>; rel="deprecation"; type="text/html"'
    with pytest.raises(ValueError, match="a year"):
        Deprecation(SINCE, SINCE + datetime.timedelta(days=364), "x")
