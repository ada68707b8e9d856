"""Pictures that people upload: looked at by their content, made anew, and nothing of the old file kept."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import InvalidInput
from listings.models.picture import WIDTHS

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 12_000_000
MAX_PIXELS = 50_000_000
MIN_SIDE = 64
QUALITY = 82
WRONG = (OSError, SyntaxError, ValueError, EOFError, MemoryError)


@dataclass(frozen=True)
class Encoded:
    """A picture as WebP in several widths, by width. `digest` is of the largest."""

    width: int
    height: int
    files: dict[int, bytes]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.files[self.width]).hexdigest()


def picture_encode(file: BinaryIO, *, size: int) -> Encoded:
    """The picture in `file`, turned upright, without what a camera or a program wrote beside it.

    A header that promises more pixels than we take is refused before any of them is read. Raises
    InvalidInput on `picture`.
    """
    if size > MAX_BYTES:
        sentence = _("The picture is too large: use at most %(limit)d megabytes.")
        raise InvalidInput.of("picture", sentence % {"limit": MAX_BYTES // 1_000_000})
    upright = _upright(file)
    width = min(upright.width, max(WIDTHS))
    widths = [*(small for small in WIDTHS if small < width), width]
    height = max(1, round(upright.height * width / upright.width))
    return Encoded(width, height, {wanted: _as_webp(upright, wanted) for wanted in widths})


def _upright(file: BinaryIO) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                _refuse_odd_sizes(image)
                image.draft("RGB", (2 * max(WIDTHS), 2 * max(WIDTHS)))
                image.load()
                upright = ImageOps.exif_transpose(image)
                has_alpha = "A" in upright.getbands() or "transparency" in upright.info
                return upright.convert("RGBA" if has_alpha else "RGB")
    except UnidentifiedImageError as error:
        raise InvalidInput.of("picture", _("This is no picture we know. Use PNG, JPEG or WebP.")) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except WRONG as error:
        raise InvalidInput.of("picture", _("This picture is damaged. Save it anew and try again.")) from error


def _refuse_odd_sizes(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()
    if min(image.size) < MIN_SIDE or max(image.size) > 20 * min(image.size):
        sentence = _("The picture is too small or too narrow: each side needs at least %(limit)d pixels.")
        raise InvalidInput.of("picture", sentence % {"limit": MIN_SIDE})


def _too_many_pixels() -> InvalidInput:
    sentence = _("The picture has too many pixels: use at most %(limit)d million.")
    return InvalidInput.of("picture", sentence % {"limit": MAX_PIXELS // 1_000_000})


def _as_webp(image: Image.Image, width: int) -> bytes:
    height = max(1, round(image.height * width / image.width))
    shown = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
    shown.info = {}
    out = io.BytesIO()
    shown.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
