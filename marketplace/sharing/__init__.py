"""What a page says of itself where its address is shared: title, picture, and facts for machines."""

from dataclasses import dataclass, field
from typing import Any

from marketplace.sharing.pictures import SITE_PICTURE, PictureFacts


@dataclass(frozen=True, slots=True)
class Share:
    """For components/share.html: Open Graph's title, text, kind, address, picture; and facts for machines."""

    title: str
    text: str
    path: str
    kind: str = "website"
    picture: PictureFacts = SITE_PICTURE
    facts: list[dict[str, Any]] = field(default_factory=list)
