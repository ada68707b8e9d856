"""Names that may be taken for somebody else's."""

import re
import unicodedata

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Lower

from accounts.models import SellerProfile
from listings.models import Listing, TargetModel

# Signs that stand for letters in names made to look like others.
_LOOKS = str.maketrans("01345789$@!|", "oleastb9sail")
_SHORTEST = 4
_OFFICIAL = re.compile(
    r"\b(?:official|officiel|officielle|verified by|certified by|certifié par)\b", re.IGNORECASE
)


def folded(name: str) -> str:
    """A name as the eye takes it: no case, accents, spaces or look-alike digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]", "", plain.translate(_LOOKS))


def impersonated_fields(listing: Listing) -> list[str]:
    """Where the listing or its storefront bears a name that is another's: `seller`, `title`, `summary`, …"""
    found = []
    if is_name_of_another(listing.seller):
        found.append("seller")
    providers = _providers()
    texts = {"title": listing.title, "summary": listing.summary, "description": listing.description}
    for field, text in texts.items():
        claims = _OFFICIAL.search(text) and any(
            re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in providers
        )
        if claims:
            found.append(field)
    return found


def is_name_of_another(seller: SellerProfile) -> bool:
    """Whether the storefront's name or handle reads like an older storefront's, or a provider's of models."""
    own = {folded(seller.name), folded(seller.handle)} - {""}
    own = {name for name in own if len(name) >= _SHORTEST}
    if not own:
        return False
    if own & {folded(name) for name in _providers()}:
        return True
    older = (
        SellerProfile.objects.filter(created_at__lt=seller.created_at)
        .exclude(pk=seller.pk)
        .annotate(folded_name=_folded_sql("name"), folded_handle=_folded_sql("handle"))
    )
    return older.filter(Q(folded_name__in=own) | Q(folded_handle__in=own)).exists()


def _providers() -> set[str]:
    names = TargetModel.objects.exclude(provider="").values_list("provider", "name")
    return {name for row in names for name in row if len(name) >= _SHORTEST}


def _folded_sql(field: str) -> Func:
    """The database's own `folded`, accents apart."""
    looks = Func(
        Lower(F(field)),
        Value("01345789$@!|"),
        Value("oleastb9sail"),
        function="translate",
        output_field=TextField(),
    )
    return Func(
        looks, Value("[^a-z0-9]"), Value(""), Value("g"), function="regexp_replace", output_field=TextField()
    )
