"""The studio around the editor: opening a storefront, overview, own listings, sales, payouts."""

import pytest
from django.urls import reverse

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus
from payments.services.rollups import days_roll
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.marketplace.selling.sales import sold

pytestmark = pytest.mark.django_db
SHOP = {"name": "Zoë's prompts", "handle": "zoes-prompts", "bio": ""}


@pytest.fixture
def alice():
    return SellerProfileFactory(name="Alice's prompts")


@pytest.fixture
def studio(client, alice):
    """Alice's browser."""
    client.force_login(alice.user)
    return client


def text_of(client, url):
    return client.get(url).content.decode()


# --- Opening a storefront ------------------------------------------------------------------------


def test_anyone_may_read_what_selling_is(client):
    page = text_of(client, "/sell/")
    assert "You keep $4.00 of $5.00" in page
    assert f"{reverse('account_signup')}?next=/sell/" in page


def test_a_handle_is_suggested_from_the_name(client):
    client.force_login(UserFactory(display_name="Zoë Saint-Clair"))
    assert 'value="zoe-saint-clair"' in text_of(client, "/sell/")


def test_a_suggested_handle_is_a_free_one(client):
    SellerProfileFactory(handle="zoe-saint-clair")
    client.force_login(UserFactory(display_name="Zoë Saint-Clair"))
    assert 'value="zoe-saint-clair"' not in text_of(client, "/sell/")


def test_a_storefront_opens_and_leads_to_the_overview(client):
    zoe = UserFactory()
    client.force_login(zoe)
    page = client.post("/sell/", SHOP, follow=True).content.decode()
    assert SellerProfile.objects.get(user=zoe).handle == "zoes-prompts"
    assert "Write your first prompt" in page


def test_a_refused_storefront_keeps_what_was_typed(client):
    SellerProfileFactory(handle="zoes-prompts")
    client.force_login(UserFactory())
    page = client.post("/sell/", SHOP | {"bio": "I write."}).content.decode()
    assert "This handle is taken." in page
    assert "I write." in page
    assert SellerProfile.objects.count() == 1


@pytest.mark.parametrize(
    ("handle", "answer"),
    [("alice", "is taken"), ("ALICE", "is taken"), ("free-one", "is free"), ("x", "3 to 30")],
)
def test_a_handle_can_be_tried_while_it_is_typed(client, handle, answer):
    SellerProfileFactory(handle="alice")
    client.force_login(UserFactory())
    assert answer in text_of(client, f"/sell/handle/?handle={handle}")


# --- Overview ------------------------------------------------------------------------------------


def test_the_overview_names_what_to_do_next(client):
    seller = SellerProfileFactory(user=UserFactory(verified=False))
    ListingFactory(seller=seller)
    ListingFactory(seller=seller, status=ListingStatus.REJECTED)
    client.force_login(seller.user)
    page = text_of(client, "/sell/")
    assert "Confirm your email address" in page
    assert "1 prompt came back" in page
    assert "1 draft waits" in page


def test_the_overview_adds_up_sales_and_balance(studio, alice):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED, price_amount=999)
    sold(listing)
    sold(listing, is_released=True)
    days_roll()
    page = text_of(studio, "/sell/")
    for figure in ("$16.00", "$8.00"):
        assert figure in page


def test_the_overview_needs_no_more_queries_for_more_rows(studio, alice, django_assert_max_num_queries):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED)
    sold(listing)
    days_roll()
    with django_assert_max_num_queries(22) as few:
        studio.get("/sell/")
    for _ in range(4):
        sold(ListingFactory(seller=alice, status=ListingStatus.PUBLISHED))
    days_roll()
    with django_assert_max_num_queries(len(few)):
        studio.get("/sell/")


# --- Own listings --------------------------------------------------------------------------------


def test_own_listings_only_are_listed(studio, alice):
    ListingFactory(seller=alice, title="Mine")
    ListingFactory(title="Theirs")
    page = text_of(studio, "/sell/listings/")
    assert "Mine" in page
    assert "Theirs" not in page


def test_listings_are_filtered_by_status_and_words_of_the_title(studio, alice):
    ListingFactory(seller=alice, title="Apple pie")
    ListingFactory(seller=alice, title="Apple juice", status=ListingStatus.PUBLISHED)
    ListingFactory(seller=alice, title="Pear juice", status=ListingStatus.PUBLISHED)
    page = text_of(studio, "/sell/listings/?status=published&q=APPLE")
    assert "Apple juice" in page
    assert "Apple pie" not in page
    assert "Pear juice" not in page


@pytest.mark.parametrize(
    "query", ["status=nonsense", "page=0", "page=999", "page=x", "q=%00", "q=%25", "status[]=1"]
)
def test_nonsense_in_the_address_does_no_harm(studio, alice, query):
    ListingFactory(seller=alice)
    assert studio.get(f"/sell/listings/?{query}").status_code == 200


def test_845_drafts_are_paged_and_need_no_more_queries_than_one(studio, alice, django_assert_max_num_queries):
    first = ListingFactory(seller=alice)
    with django_assert_max_num_queries(9) as one:
        studio.get("/sell/listings/")
    Listing.objects.bulk_create(
        Listing(
            seller=alice,
            slug=f"draft-{n}",
            title=f"Draft {n}",
            model=first.model,
            category=first.category,
            price_amount=499,
        )
        for n in range(844)
    )
    with django_assert_max_num_queries(len(one)):
        page = text_of(studio, "/sell/listings/?page=2")
    assert "Page 2 of 34" in page
    assert page.count("<tr>") == 26


def test_removed_listings_are_out_of_sight_until_asked_for(studio, alice):
    ListingFactory(seller=alice, title="Gone", status=ListingStatus.REMOVED)
    assert "Gone" not in text_of(studio, "/sell/listings/")
    assert "Gone" in text_of(studio, "/sell/listings/?status=removed")


def test_a_deleted_draft_is_gone_after_it_was_asked(studio, alice):
    listing = ListingFactory(seller=alice)
    url = reverse("studio_listing_delete", args=[listing.slug])
    assert "bring it back for 30 days" in text_of(studio, url)
    assert Listing.objects.get().deleted_at is None
    answer = studio.post(url, follow=True).content.decode()
    assert "can be brought back for 30 days" in answer
    assert studio.get(reverse("studio_listing_edit", args=[listing.slug])).status_code == 404
    assert listing.title in text_of(studio, "/sell/listings/?status=deleted")
    studio.post(reverse("studio_listing_restore", args=[listing.slug]))
    assert studio.get(reverse("studio_listing_edit", args=[listing.slug])).status_code == 200


def test_what_is_off_sale_is_archived_and_comes_back(studio, alice):
    listing = ListingFactory(seller=alice, status=ListingStatus.UNLISTED, title="Lanterns")
    assert "Archived" not in text_of(studio, "/sell/listings/")
    answer = studio.post(reverse("studio_listing_archive", args=[listing.slug]), follow=True)
    assert "“Lanterns” is archived" in answer.content.decode()
    assert f"/{listing.slug}/edit/" not in text_of(studio, "/sell/listings/")
    assert f"/{listing.slug}/edit/" in text_of(studio, "/sell/listings/?status=archived")
    studio.post(reverse("studio_listing_unarchive", args=[listing.slug]))
    assert f"/{listing.slug}/edit/" in text_of(studio, "/sell/listings/")


def test_what_is_archived_and_put_on_sale_again_is_in_sight(studio, alice):
    listing = ListingFactory(seller=alice, status=ListingStatus.UNLISTED)
    studio.post(reverse("studio_listing_archive", args=[listing.slug]))
    studio.post(reverse("studio_listing_relist", args=[listing.slug]))
    assert f"/{listing.slug}/edit/" in text_of(studio, "/sell/listings/")
    assert "status=archived" not in text_of(studio, "/sell/listings/")


@pytest.mark.parametrize("status", [ListingStatus.PUBLISHED, ListingStatus.IN_REVIEW])
def test_what_is_on_sale_or_waits_cannot_be_archived(studio, alice, status):
    listing = ListingFactory(seller=alice, status=status)
    answer = studio.post(reverse("studio_listing_archive", args=[listing.slug]), follow=True)
    assert "Take it off sale, or withdraw it, before you archive it." in answer.content.decode()
    listing.refresh_from_db()
    assert listing.archived_at is None


def test_a_listing_is_duplicated_from_its_menu(studio, alice):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED, title="Letters")
    answer = studio.post(reverse("studio_listing_duplicate", args=[listing.slug]), follow=True)
    assert "Copy of Letters" in answer.content.decode()


def test_what_was_published_is_only_taken_away(studio, alice):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED)
    studio.post(reverse("studio_listing_delete", args=[listing.slug]))
    listing.refresh_from_db()
    assert listing.status == ListingStatus.REMOVED


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("unlist", "published", "unlisted"),
        ("relist", "unlisted", "published"),
        ("withdraw", "in_review", "draft"),
    ],
)
def test_a_button_moves_a_listing_and_says_so(studio, alice, action, before, after):
    listing = ListingFactory(seller=alice, title="Pie", status=before)
    answer = studio.post(reverse(f"studio_listing_{action}", args=[listing.slug]), follow=True)
    listing.refresh_from_db()
    assert listing.status == after
    assert "“Pie”" in answer.content.decode()


def test_a_button_that_comes_too_late_says_why(studio, alice):
    listing = ListingFactory(seller=alice, status=ListingStatus.DRAFT)
    answer = studio.post(reverse("studio_listing_unlist", args=[listing.slug]), follow=True)
    assert "has not been published" in answer.content.decode()


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test", "javascript:x"])
def test_a_button_never_leads_off_the_site(studio, alice, back):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED)
    answer = studio.post(reverse("studio_listing_unlist", args=[listing.slug]), {"next": back})
    assert answer.headers["Location"] == "/sell/listings/"


def test_a_prompts_text_is_not_in_the_list(studio, alice):
    ListingFactory(seller=alice, text="canary {{x}}")
    assert "canary" not in text_of(studio, "/sell/listings/")


# --- Sales and payouts ---------------------------------------------------------------------------


def test_a_sale_shows_price_fee_and_share_and_not_the_buyer(studio, alice):
    item = sold(ListingFactory(seller=alice, status=ListingStatus.PUBLISHED, price_amount=999))
    page = text_of(studio, "/sell/sales/")
    for shown in (item.order.number, "$9.99", "$1.99", "$8.00", "Pending"):
        assert shown in page
    assert item.order.buyer.email not in page
    assert item.order.buyer.display_name not in page


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"is_released": True}, "Available"),
        ({"refunded_amount": 500}, "Refunded"),
        ({"refunded_amount": 200}, "Refunded in part"),
    ],
)
def test_a_sale_says_what_became_of_it(studio, alice, changes, state):
    sold(ListingFactory(seller=alice, status=ListingStatus.PUBLISHED, price_amount=500), **changes)
    assert f">{state}</span>" in text_of(studio, "/sell/sales/")


def test_another_sellers_sales_are_not_shown(studio):
    item = sold(ListingFactory(status=ListingStatus.PUBLISHED))
    page = text_of(studio, "/sell/sales/")
    assert item.order.number not in page
    assert "No sale yet" in page


def test_more_sales_need_no_more_queries(studio, alice, django_assert_max_num_queries):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED)
    sold(listing)
    with django_assert_max_num_queries(9) as one:
        studio.get("/sell/sales/")
    for _ in range(5):
        sold(listing, refunded_amount=100)
    with django_assert_max_num_queries(len(one)):
        studio.get("/sell/sales/")
