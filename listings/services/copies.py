"""Whether a text that comes in is here already."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from listings.models import Listing, PromptVersion


@dataclass(frozen=True)
class Copied:
    """Where the same text stands, in words for its sender; `listing` only if it is the sender's own."""

    sentence: str
    listing: Listing | None = None


def copied_from(text_hash: str, seller: SellerProfile) -> Copied | None:
    """What has the same text: a prompt of the seller's own, or what another seller has submitted."""
    if not text_hash:
        return None
    same = PromptVersion.objects.filter(text_hash=text_hash)
    own = same.filter(listing__seller=seller).select_related("listing").defer("text", "instructions").first()
    if own is not None:
        sentence = _("The same text as your prompt “%(title)s”.") % {"title": own.listing.title}
        return Copied(sentence, own.listing)
    if same.filter(sealed_at__isnull=False).exists():
        return Copied(_("Another seller offers this very text."))
    return None
