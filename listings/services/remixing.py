"""A free listing as the beginning of one's own, with credit that stays."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common.errors import Conflict
from listings.models import Listing, ListingStatus, PromptVersion
from listings.services.public_text import public_set, tag_rows
from listings.services.slugs import save_with_slug
from listings.services.versions import version_copy_to

_TITLE_LIMIT = 170


@transaction.atomic
def listing_remix(*, version: PromptVersion, seller: SellerProfile) -> Listing:
    """A free draft of `seller` that begins as another's free prompt, in a version that may be read.

    The draft keeps whom it came from; nothing writes that anew. Callers have established that the seller may
    read the version. Raises Conflict `not_free` for what costs something or is not on sale, `own_listing`.
    """
    source = version.listing
    if source.price_amount or source.status != ListingStatus.PUBLISHED:
        raise Conflict(_("Only free prompts on sale can be remixed."), code="not_free")
    if source.seller_id == seller.pk:
        raise Conflict(_("This is your own. Duplicate it in the studio."), code="own_listing")
    remix = Listing(seller=seller, price_amount=0, remixed_from=source)
    facts = {name: getattr(source, name) for name in ("summary", "description", "model", "category")}
    facts |= {"language": source.language, "license": source.license}
    title = _("%(title)s, remixed") % {"title": source.title}
    public_set(remix, facts | {"title": title[:_TITLE_LIMIT]})
    save_with_slug(remix)
    remix.tags.set(tag_rows([tag.slug for tag in source.tags.all()]))
    version_copy_to(remix, version)
    return remix
