"""Pictures of shared links, drawn when first asked for and kept under a name made of what they show.

Keeping one costs a file of some 80 kB, drawing one half a second of a processor. So each is drawn once, and
DRAWN_PER_MINUTE over the whole site; whoever asks beyond that gets the site's own picture. Files older than
KEPT go away, and come back when they are asked for.
"""

import datetime
import logging
import time
from dataclasses import asdict, dataclass
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from listings.models import Listing
from marketplace.sharing.drawing import DRAWING_VERSION, picture_png

FOLDER = "share"
FOLDERS = 256
DRAWN_PER_MINUTE = 30
KEPT = datetime.timedelta(days=90)
_DRAWING_SECONDS = 20

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """All that a picture shows: public facts of a listing, or the site's own words."""

    slug: str
    model: str
    title: str
    by: str
    price: str

    @property
    def digest(self) -> str:
        said = "\n".join([str(DRAWING_VERSION), *asdict(self).values()])
        return sha256(said.encode()).hexdigest()[:20]

    @property
    def name(self) -> str:
        return f"{FOLDER}/{self.digest[:2]}/{self.digest}.png"

    @property
    def path(self) -> str:
        if self == SITE_PICTURE:
            return reverse("site_picture", args=[self.digest])
        return reverse("prompt_picture", args=[self.slug, self.digest])

    @property
    def url(self) -> str:
        return f"{settings.PUBLIC_URL}{self.path}"


SITE_PICTURE = PictureFacts(
    slug="promptfair",
    model="chatgpt",
    title="Prompts that were tried before they were priced",
    by="Promptfair",
    price="",
)


def picture_of(listing: Listing) -> PictureFacts:
    """A listing's picture, in the listing's language whoever looks: it has one address."""
    known = listing.language if listing.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(known):
        names = {"seller": listing.seller.name, "model": listing.model.name}
        by = _("%(seller)s · for %(model)s · Promptfair") % names
        price = listing.price_label
    return PictureFacts(slug=listing.slug, model=listing.model.slug, title=listing.title, by=by, price=price)


def picture_read(facts: PictureFacts) -> bytes | None:
    """The picture; None while another request draws it, or when enough were drawn this minute."""
    if default_storage.exists(facts.name):
        with default_storage.open(facts.name) as file:
            return bytes(file.read())
    # Redis answers None while it is away: then nothing is counted, and it is drawn all the same.
    if cache.add(f"share:{facts.digest}", 1, _DRAWING_SECONDS) is False:
        return None
    if facts != SITE_PICTURE and not _may_draw():
        return None
    png = picture_png(**asdict(facts))
    default_storage.save(facts.name, ContentFile(png))
    return png


def pictures_sweep(*, folder: int | None = None) -> int:
    """Delete old pictures in one of the FOLDERS, another one each hour unless told; how many there were."""
    number = _this_minute() // 60 % FOLDERS if folder is None else folder
    path = f"{FOLDER}/{number:02x}"
    try:
        names = [f"{path}/{name}" for name in default_storage.listdir(path)[1]]
    except FileNotFoundError:
        return 0
    limit = timezone.now() - KEPT
    old = [name for name in names if default_storage.get_modified_time(name) < limit]
    for name in old:
        default_storage.delete(name)
    return len(old)


def _may_draw() -> bool:
    counter = f"share:drawn:{_this_minute()}"
    cache.add(counter, 0, 120)
    drawn: int | None = cache.incr(counter)
    return drawn is None or drawn <= DRAWN_PER_MINUTE


def _this_minute() -> int:
    return int(time.time()) // 60
