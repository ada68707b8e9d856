"""Pictures by the API: the studio's checks, a seller's token, and an example that names what was sent."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from accounts.models import SellerProfile, User
from listings.models import Picture
from marketplace.api import pictures
from tests.factories import CategoryFactory, TargetModelFactory
from tests.marketplace.api.support import ClientOf, problem_of, upload

pytestmark = pytest.mark.django_db
PATH = "/api/v1/pictures/"


def sent(client: APIClient, picture: Any, **more: Any) -> Any:
    return client.post(PATH, {"picture": picture, **more}, format="multipart")


@pytest.fixture
def seller(client_of: ClientOf, storefront: SellerProfile) -> APIClient:
    return client_of(storefront.user)


def test_a_picture_is_kept_and_an_example_shows_it(seller: APIClient) -> None:
    answer = sent(seller, upload())
    assert answer.status_code == 201
    body = answer.json()
    kept = Picture.objects.get()
    assert (body["picture"], body["width"], body["height"]) == (kept.digest, 900, 600)
    assert body["url"].endswith(kept.largest_url)
    assert default_storage.exists(kept.file_name(900))

    TargetModelFactory.create(slug="midjourney", modality="image")
    CategoryFactory.create()
    example = {
        "values": {"animal": "owl"},
        "output_text": "",
        "picture": body["picture"],
        "picture_alt": "An owl.",
    }
    listing = {
        **{"title": "Owls", "model": "midjourney", "category": "writing", "price_amount": 0},
        **{"prompt": "A teal {{animal}}.", "examples": [example]},
    }
    shown = seller.post("/api/v1/listings/", listing).json()["examples"][0]
    assert (shown["picture"], shown["image_url"]) == (body["picture"], body["url"])


def test_sent_again_it_has_the_same_name_and_is_kept_once(seller: APIClient) -> None:
    assert sent(seller, upload()).json() == sent(seller, upload("other.png")).json()
    assert Picture.objects.count() == 1


def test_what_the_camera_wrote_is_gone(seller: APIClient) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    sent(seller, upload("owl.jpg", "JPEG", exif=exif, comment=b"SecretTool"))
    kept = Picture.objects.get()
    for width in kept.widths:
        with default_storage.open(kept.file_name(width)) as file:
            assert b"Secret" not in file.read()


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (
            SimpleUploadedFile("owl.png", b"<script>alert(1)</script>", content_type="image/png"),
            "no picture we know",
        ),
        (upload(size=(63, 400)), "64 pixels"),
        (SimpleUploadedFile("owl.png", b""), "empty"),
        ("owl.png", "not a file"),
    ],
)
def test_what_is_no_fit_picture_is_a_problem_at_its_field(
    seller: APIClient, picture: Any, words: str
) -> None:
    problem = problem_of(sent(seller, picture), 400, "invalid")
    assert list(problem["errors"]) == ["picture"]
    assert words in problem["errors"]["picture"][0]
    assert not Picture.objects.exists()


def test_nothing_and_unknown_fields_are_problems(seller: APIClient) -> None:
    assert list(problem_of(seller.post(PATH), 400, "invalid")["errors"]) == ["picture"]
    assert "alt" in problem_of(sent(seller, upload(), alt="x"), 400, "invalid")["errors"]
    problem_of(seller.post(PATH, {"picture": "x"}), 415, "unsupported_media_type")
    problem_of(seller.post(PATH, b"no boundary", content_type="multipart/form-data"), 400, "malformed")


def test_too_much_is_refused_before_it_is_read(seller: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures.PicturesView, "max_body_bytes", 1000)
    problem_of(sent(seller, upload()), 413, "too_large")
    assert not Picture.objects.exists()


def test_nothing_is_taken_without_a_storefront_or_without_the_scope(
    seller: APIClient, client_of: ClientOf, storefront: SellerProfile
) -> None:
    reading = client_of(storefront.user, ["listings:read"])
    assert problem_of(sent(reading, upload()), 403, "missing_scope")["scope"] == "listings:write"
    storefront.delete()
    problem_of(sent(seller, upload()), 403, "not_a_seller")
    assert not Picture.objects.exists()


def test_pictures_have_a_limit_of_their_own(
    seller: APIClient, client_of: ClientOf, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "pictures", "2/h")
    assert [sent(seller, upload()).status_code for _ in range(3)] == [201, 201, 429]
    assert seller.get("/api/v1/seller/listings/").status_code == 200
    assert sent(client_of(dora), upload()).status_code == 201
