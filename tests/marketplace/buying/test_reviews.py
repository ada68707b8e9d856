"""Reviews by who has the prompt, the seller's answers, and favourites."""

import threading

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Scope, SellerProfile, User
from accounts.services import token_create
from common import clock
from common.errors import Conflict
from listings.models import Listing, ListingStatus
from marketplace.models import Favorite, Review
from marketplace.reviewing import favorite_add, review_delete, review_write
from payments.models import Entitlement
from tests.factories import ListingFactory, UserFactory

from .conftest import signed_in


def rating_of(listing: Listing) -> tuple[int, int]:
    listing.refresh_from_db()
    return listing.rating_count, listing.rating_sum


def review_page(owned: Entitlement) -> str:
    return f"/library/{owned.pk}/review/"


def test_a_buyer_reviews_changes_and_takes_back_and_the_rating_follows(
    as_alice: Client, listing: Listing, owned: Entitlement
) -> None:
    answer = as_alice.post(review_page(owned), {"stars": "4", "text": "Saved me an hour."})
    assert answer["Location"] == "/prompts/letters/#reviews"
    assert rating_of(listing) == (1, 4)
    page = as_alice.get("/prompts/letters/").content.decode()
    assert "Saved me an hour." in page
    assert "Alice" in page

    as_alice.post(review_page(owned), {"stars": "2", "text": "On second thoughts."})
    assert rating_of(listing) == (1, 2)
    assert "changed since" in as_alice.get("/prompts/letters/").content.decode()

    as_alice.post(review_page(owned), {"do": "delete"})
    assert rating_of(listing) == (0, 0)
    assert not Review.objects.exists()


@pytest.mark.parametrize("stars", ["", "0", "6", "many"])
def test_a_review_without_stars_says_so_and_keeps_the_words(
    as_alice: Client, owned: Entitlement, stars: str
) -> None:
    answer = as_alice.post(review_page(owned), {"stars": stars, "text": "Long thoughts"})
    assert answer.status_code == 400
    assert "Long thoughts" in answer.content.decode()
    assert not Review.objects.exists()


def test_only_who_has_the_prompt_reviews_it(as_charlie: Client, client: Client, owned: Entitlement) -> None:
    assert as_charlie.post(review_page(owned), {"stars": "1"}).status_code == 404
    assert client.post(review_page(owned), {"stars": "1"}).status_code == 302
    assert not Review.objects.exists()


def test_a_refunded_buyer_reviews_no_more(owned: Entitlement) -> None:
    Entitlement.objects.filter(pk=owned.pk).update(revoked_at=clock.now())
    with pytest.raises(Conflict):
        review_write(entitlement=owned, stars=1, text="")


@pytest.mark.django_db(transaction=True)
def test_reviews_at_once_lose_no_star(listing: Listing, owned: Entitlement) -> None:
    """One buyer's clicks in parallel make one review; the rating is what the reviews say."""

    def write(stars: int) -> None:
        review_write(entitlement=owned, stars=stars, text="")
        connection.close()

    threads = [threading.Thread(target=write, args=[1 + number % 5]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    review = Review.objects.get()
    assert rating_of(listing) == (1, review.stars)
    review_delete(entitlement=owned)
    assert rating_of(listing) == (0, 0)


def test_the_seller_answers_changes_and_removes_the_answer(
    bob: SellerProfile, listing: Listing, owned: Entitlement
) -> None:
    review = review_write(entitlement=owned, stars=3, text="Fine.")
    as_bob = signed_in(bob.user)
    assert "Fine." in as_bob.get("/sell/reviews/").content.decode()
    as_bob.post("/sell/reviews/", {"review": review.pk, "text": "Version 2 is better."})
    page = Client().get("/prompts/letters/").content.decode()
    assert "The seller's reply" in page
    assert "Version 2 is better." in page
    as_bob.post("/sell/reviews/", {"review": review.pk, "text": ""})
    assert "Version 2 is better." not in Client().get("/prompts/letters/").content.decode()


def test_nobody_answers_for_another_seller(owned: Entitlement) -> None:
    review = review_write(entitlement=owned, stars=3, text="Fine.")
    other = signed_in(ListingFactory.create().seller.user)
    assert other.post("/sell/reviews/", {"review": review.pk, "text": "Ha."}).status_code == 404
    review.refresh_from_db()
    assert review.reply == ""


# --- Favourites ---------------------------------------------------------------------------------


def test_a_favourite_is_kept_shown_and_dropped(as_alice: Client, listing: Listing) -> None:
    assert "Nothing kept yet" in as_alice.get("/favorites/").content.decode()
    for _ in range(2):
        answer = as_alice.post("/favorites/change/", {"listing": "letters", "do": "add"})
        assert answer["Location"] == "/prompts/letters/"
    listing.refresh_from_db()
    assert listing.favorites_count == Favorite.objects.count() == 1
    assert "Letters that land" in as_alice.get("/favorites/").content.decode()
    assert "In your favourites" in as_alice.get("/prompts/letters/").content.decode()
    as_alice.post("/favorites/change/", {"listing": "letters", "do": "remove"})
    as_alice.post("/favorites/change/", {"listing": "letters", "do": "remove"})
    listing.refresh_from_db()
    assert listing.favorites_count == Favorite.objects.count() == 0


def test_what_is_not_on_sale_waits_unseen(as_alice: Client, alice: User, listing: Listing) -> None:
    favorite_add(user=alice, listing_slug=listing.slug)
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
    assert "Nothing kept yet" in as_alice.get("/favorites/").content.decode()


def test_favourites_by_api(alice: User) -> None:
    ListingFactory.create(slug="recipes", status=ListingStatus.PUBLISHED)
    _row, token = token_create(user=alice, name="t", scopes=[Scope.LISTINGS_READ])
    headers = {"Authorization": f"Bearer {token}"}
    client = Client(headers=headers)
    url = "/api/v1/me/favorites/"
    made = client.post(url, {"listing": "recipes"}, "application/json")
    assert (made.status_code, made.json()["slug"]) == (201, "recipes")
    assert [row["slug"] for row in client.get(url).json()["results"]] == ["recipes"]
    assert client.post(url, {"listing": "nothing"}, "application/json").status_code == 404
    assert list(client.delete(url).json()["errors"]) == ["listing"]
    assert client.delete(f"{url}?listing=recipes").status_code == 204
    assert client.get(url).json()["results"] == []
    assert Client().get(url).status_code == 401


def test_a_favourite_is_nobody_elses_business(alice: User, listing: Listing) -> None:
    favorite_add(user=alice, listing_slug=listing.slug)
    other = signed_in(UserFactory.create())
    assert "Letters that land" not in other.get("/favorites/").content.decode()
