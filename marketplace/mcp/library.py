"""What the caller owns, by its names: `slug` is the version bought, `slug@latest` the newest."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import InvalidInput, NotFound
from listings.models import PromptVersion
from listings.templating import TemplateVariable
from payments.models import Entitlement
from payments.queries import entitlement_for, library_of, owned_version

PAGE_SIZE = 50
LATEST = "latest"


@dataclass(frozen=True)
class Owned:
    """An entitlement and the one of its versions that was asked for, with its text."""

    entitlement: Entitlement
    version: PromptVersion

    @property
    def variables(self) -> list[TemplateVariable]:
        return variables_of(self.version)


def owned_page(user: User, cursor: str | None) -> tuple[list[Entitlement], str | None]:
    """A page of what the user owns, newest first, with variables but no texts, and the next page's cursor.

    A cursor is the last row's id: it stays good after a refund of that row. Raises InvalidInput for others.
    """
    rows = _without_texts(library_of(user))
    if cursor:
        last = Entitlement.objects.filter(buyer=user, pk=_uuid(cursor)).first()
        if last is None:
            raise _unknown_cursor()
        rows = rows.filter(Q(granted_at__lt=last.granted_at) | Q(granted_at=last.granted_at, id__lt=last.pk))
    found = list(rows[: PAGE_SIZE + 1])
    return found[:PAGE_SIZE], str(found[PAGE_SIZE - 1].pk) if len(found) > PAGE_SIZE else None


def owned_get(user: User, name: str) -> Owned:
    """What `slug`, `slug@latest` or `slug@3` names. Raises NotFound for what is not the user's."""
    slug, _at, which = name.partition("@")
    entitlement = entitlement_for(user, slug)
    if which in ("", LATEST):
        number = latest_number(entitlement) if which else entitlement.version.number
    elif which.isascii() and which.isdigit():
        number = int(which[:9])
    else:
        raise NotFound(_("There is no such version."))
    return Owned(entitlement, owned_version(entitlement, number))


def owned_slugs(user: User, beginning: str, *, limit: int) -> list[str]:
    """Slugs of what the user owns that begin so, in order."""
    rows = Entitlement.objects.filter(buyer=user, revoked_at=None, listing__slug__startswith=beginning)
    return list(rows.order_by("listing__slug").values_list("listing__slug", flat=True)[:limit])


def latest_number(entitlement: Entitlement) -> int:
    """The newest version the buyer may read: the one bought, or the one on sale if that is newer."""
    published = entitlement.listing.published_version
    return max(entitlement.version.number, published.number if published else 0)


def variables_of(version: PromptVersion) -> list[TemplateVariable]:
    return [TemplateVariable.from_dict(raw) for raw in version.variables]


def _without_texts(rows: QuerySet[Entitlement]) -> QuerySet[Entitlement]:
    versions = ("version", "listing__published_version")
    texts = [f"{version}__{field}" for version in versions for field in ("text", "instructions")]
    return rows.defer(None).defer("listing__description", "listing__description_html", *texts)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _unknown_cursor() from None


def _unknown_cursor() -> InvalidInput:
    return InvalidInput.of("cursor", _("This is not a cursor of this list."), code="invalid_cursor")
