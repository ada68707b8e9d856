"""Pictures of examples: judged by their content, made anew, kept once, and swept when nothing shows them."""

import datetime
import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image, PngImagePlugin

from accounts.models import SellerProfile
from common import clock
from common.errors import InvalidInput
from listings.models import Picture
from listings.pictures import picture_encode
from listings.services.drafts import listing_update
from listings.services.pictures import picture_store, pictures_sweep
from listings.services.review import submission_problems
from tests.factories import SellerProfileFactory, UserFactory
from tests.listings.drafting import draft, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create()


def file_of(image: Image.Image, kind: str = "PNG", **options) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, kind, **options)
    out.seek(0)
    return out


def painted(width: int = 700, height: int = 500, color: str = "teal") -> Image.Image:
    return Image.new("RGB", (width, height), color)


def encoded(file: io.BytesIO):
    return picture_encode(file, size=file.getbuffer().nbytes)


def stored(color: str = "teal") -> Picture:
    file = file_of(painted(color=color))
    return picture_store(file=file, size=file.getbuffer().nbytes)


def problem_of(file: io.BytesIO, *, size: int | None = None) -> str:
    with pytest.raises(InvalidInput) as refusal:
        picture_encode(file, size=size or file.getbuffer().nbytes)
    return str(refusal.value.errors["picture"][0])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_kind_becomes_webp_in_several_widths_and_never_wider(kind: str) -> None:
    found = encoded(file_of(painted(1200, 600), kind))

    assert (found.width, found.height, list(found.files)) == (1200, 600, [480, 960, 1200])
    for width, content in found.files.items():
        image = Image.open(io.BytesIO(content))
        assert (image.format, image.width) == ("WEBP", width)


def test_what_the_camera_wrote_is_gone_and_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SecretCamera"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 24.0)}
    found = encoded(file_of(painted(400, 200), "JPEG", exif=exif, comment=b"made with SecretTool"))

    assert (found.width, found.height) == (200, 400)
    for content in found.files.values():
        assert not Image.open(io.BytesIO(content)).getexif()
        assert b"Secret" not in content
        assert b"EXIF" not in content


def test_texts_inside_a_png_are_gone() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", "the secret prompt", zip=False)
    told.add_itxt("XML:com.adobe.xmp", "<x>secret</x>")
    for content in encoded(file_of(painted(), pnginfo=told)).files.values():
        assert b"secret" not in content


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + b"\0" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\0" * 400],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content: bytes) -> None:
    assert "PNG, JPEG or WebP" in problem_of(io.BytesIO(content), size=len(content) or 1)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "PPM"])
def test_pictures_of_other_kinds_are_not_even_opened(kind: str) -> None:
    assert "PNG, JPEG or WebP" in problem_of(file_of(painted(), kind))


def test_a_damaged_picture_is_refused() -> None:
    whole = file_of(painted()).getvalue()
    assert "damaged" in problem_of(io.BytesIO(whole[: len(whole) // 2]))


@pytest.mark.parametrize("side", [60_000, 8_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    assert "pixels" in problem_of(io.BytesIO(bomb))


def test_too_many_bytes_and_too_small_sides_are_refused() -> None:
    assert "megabytes" in problem_of(file_of(painted()), size=12_000_001)
    assert "64 pixels" in problem_of(file_of(painted(63, 400)))
    assert "narrow" in problem_of(file_of(painted(64, 1400)))


def test_the_same_picture_is_kept_once_under_a_name_of_its_content() -> None:
    first, second = stored(), stored()

    assert first == second
    assert first.widths == [480, 700]
    for width in first.widths:
        assert first.digest in first.file_name(width)
        assert default_storage.exists(first.file_name(width))


def test_an_interrupted_upload_is_finished_by_the_next() -> None:
    picture = stored("olive")
    default_storage.delete(picture.file_name(480))
    Picture.objects.filter(pk=picture.pk).update(stored_at=None)

    assert stored("olive").stored_at is not None
    assert default_storage.exists(picture.file_name(480))


def examples_with(picture: Picture | str, alt: str = "An owl at night.") -> list[dict]:
    digest = picture if isinstance(picture, str) else picture.digest
    return [
        {"values": {"topic": topic}, "output_text": "", "picture": digest, "picture_alt": alt}
        for topic in ("owls", "rain")
    ]


def test_a_picture_is_output_enough_once_it_is_said_what_it_shows(alice: SellerProfile) -> None:
    listing = draft(alice, examples=examples_with(stored(), alt=""))
    assert "what its picture shows" in submission_problems(listing)["examples"][0]

    listing_update(listing=listing, data={"examples": examples_with(stored())})
    assert "examples" not in submission_problems(listing)


@pytest.mark.parametrize("digest", ["0" * 64, "nonsense"])
def test_a_picture_that_is_not_here_is_refused(alice: SellerProfile, digest: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draft(alice, examples=examples_with(digest))
    assert "Upload it again" in refusal.value.errors["examples"][0]


def test_a_new_version_goes_on_with_the_pictures_of_the_last(alice: SellerProfile) -> None:
    picture = stored()
    listing = published(alice, UserFactory.create(staff=True), examples=examples_with(picture))
    listing_update(listing=listing, data={"prompt": "Anew about {{topic}}."})

    newest = listing.versions.order_by("-number").first()
    assert [row.picture for row in newest.examples.all()] == [picture, picture]


def test_what_nothing_shows_is_swept_after_two_days(alice: SellerProfile) -> None:
    shown, typed, new, old = (stored(color) for color in ("red", "green", "blue", "gold"))
    draft(alice, examples=examples_with(shown))
    long_ago = clock.now() - datetime.timedelta(days=3)
    Picture.objects.exclude(pk=new.pk).update(touched_at=long_ago)
    pictures_sweep(keep={typed.digest})

    assert set(Picture.objects.all()) == {shown, typed, new}
    assert not default_storage.exists(old.file_name(480))
    assert default_storage.exists(shown.file_name(480))


def test_a_sweep_that_was_cut_short_is_finished_and_the_content_may_come_again() -> None:
    picture = stored("navy")
    Picture.objects.filter(pk=picture.pk).update(doomed_at=clock.now())
    again = stored("navy")
    assert again.pk != picture.pk

    pictures_sweep()
    assert list(Picture.objects.all()) == [again]
    assert not default_storage.exists(picture.file_name(480))
    assert default_storage.exists(again.file_name(480))
