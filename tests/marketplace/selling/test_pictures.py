"""Pictures in the editor and on the pages that show them."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from listings.models import Listing, Picture
from listings.services.review import listing_decide, listing_submit
from marketplace.tasks import example_pictures_sweep
from tests.factories import CategoryFactory, SellerProfileFactory, TargetModelFactory, UserFactory
from tests.marketplace.selling.editor import filled

pytestmark = pytest.mark.django_db
NEW = "/sell/listings/new/"


@pytest.fixture
def alice():
    TargetModelFactory(slug="midjourney", modality="image")
    TargetModelFactory()
    CategoryFactory(slug="other")
    CategoryFactory()
    return SellerProfileFactory()


@pytest.fixture
def client(alice):
    client = Client()
    client.force_login(alice.user)
    return client


def upload(name="owl.png"):
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue())


def image_listing(**changes):
    return filled(
        model="midjourney", **{"example-0-output": "", "example-0-picture_alt": "A teal owl."} | changes
    )


def test_a_picture_is_asked_for_where_the_model_makes_some(client):
    for model, is_asked in (("midjourney", True), ("chatgpt", False)):
        page = client.post(NEW, filled(model=model, refresh_variables="1")).content.decode()
        assert ('name="example-0-upload"' in page) == is_asked


def test_an_uploaded_picture_stays_though_the_form_is_refused(client):
    page = client.post(NEW, image_listing(price="dear", **{"example-0-upload": upload()})).content.decode()
    picture = Picture.objects.get()
    assert f'value="{picture.digest}"' in page
    assert picture.smallest_url in page


def test_what_is_no_picture_is_told_at_its_example_and_nothing_is_saved(client):
    file = SimpleUploadedFile("owl.png", b"<script>alert(1)</script>", content_type="image/png")
    page = client.post(NEW, image_listing(**{"example-1-upload": file})).content.decode()
    assert "Example 2: This is no picture we know." in page
    assert not Listing.objects.exists()


def test_a_picture_can_be_taken_away_again(client):
    page = client.post(NEW, image_listing(refresh_variables="1", **{"example-0-upload": upload()}))
    picture = Picture.objects.get()
    sent = image_listing(remove_picture="0", **{"example-0-picture": picture.digest})
    page = client.post(NEW, sent).content.decode()
    assert picture.digest not in page


@pytest.fixture
def listing(client, alice):
    client.post(NEW, image_listing(**{"example-0-upload": upload()}))
    listing = Listing.objects.get()
    listing_submit(listing=listing, by=alice.user)
    return listing_decide(listing=listing, moderator=UserFactory(staff=True), decision="publish")


def test_the_listings_page_shows_it_lazily_with_its_size_and_words(client, listing):
    page = Client().get(listing.get_absolute_url()).content.decode()
    picture = Picture.objects.get()
    tag = page[page.index('<img class="example-picture"') :].split(">")[0]
    assert f'srcset="{picture.srcset}"' in tag
    assert 'width="900" height="600" alt="A teal owl." loading="lazy"' in tag


def test_the_api_names_it_and_takes_it_back(client, listing):
    example = Client().get(f"/api/v1/listings/{listing.slug}/").json()["examples"][0]
    assert example["image_url"].endswith(Picture.objects.get().largest_url)
    assert (example["picture"], example["picture_alt"]) == (Picture.objects.get().digest, "A teal owl.")


def test_the_file_is_served_as_a_picture_and_as_nothing_else(listing):
    answer = Client().get(Picture.objects.get().smallest_url)
    assert b"".join(answer.streaming_content)[8:12] == b"WEBP"
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["ab/ab.webp", "..%2F..%2Fx/y.webp", f"ab/{'0' * 64}-1-480.webp", f"00/{'0' * 64}-1-480.webp"]
)
def test_no_other_file_of_the_storage_is_served(db, path):
    assert Client().get(f"/media/examples/{path}").status_code == 404


@pytest.mark.parametrize("name", ["ab/notes", f"ab/{'ab' * 32}-1-480-x", f"cd/{'ab' * 32}-1-480"])
def test_not_even_what_lies_beside_the_pictures_is_served(db, name):
    default_storage.save(f"examples/{name}.webp", ContentFile(b"not a picture of ours"))
    assert Client().get(f"/media/examples/{name}.webp").status_code == 404


def test_a_picture_in_a_text_not_saved_yet_is_not_swept(client, listing):
    url = reverse("studio_listing_edit", args=[listing.slug])
    client.post(NEW, image_listing(refresh_variables="1", **{"example-0-upload": upload()}))
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "gold").save(out, "PNG")
    file = SimpleUploadedFile("x.png", out.getvalue())
    client.post(url, image_listing(refresh_variables="1", **{"example-1-upload": file}))
    typed = Picture.objects.get(width=300)
    client.post(url, image_listing(autosave="1", **{"example-1-picture": typed.digest}))
    Picture.objects.update(touched_at="2020-01-01T00:00Z")
    example_pictures_sweep()
    assert default_storage.exists(typed.file_name(300))
    assert Picture.objects.count() == 2
