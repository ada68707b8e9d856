"""Keeping what a seller types into the editor, before it is saved. Nothing typed is judged here."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common import clock
from common.errors import Conflict
from listings.models import Listing
from listings.services.locks import listing_lock
from marketplace.models import EditorDraft

Data = Mapping[str, str]


def mark_of(data: Data) -> str:
    """A short mark of what the editor was filled with: two tabs with the same one began from the same."""
    text = json.dumps(sorted(data.items()), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def typed_of(listing: Listing) -> EditorDraft | None:
    """What was typed and not saved, if there is any."""
    return EditorDraft.objects.filter(listing=listing, data__isnull=False, discarded_at=None).first()


def typed_among(listings: Iterable[Listing]) -> dict[int, EditorDraft]:
    """The same for several listings, by their ids."""
    rows = EditorDraft.objects.filter(listing__in=listings, data__isnull=False, discarded_at=None)
    return {row.listing_id: row for row in rows}


def discarded_of(listing: Listing) -> EditorDraft | None:
    """What was typed and thrown away last; it can be brought back."""
    return EditorDraft.objects.filter(listing=listing, data__isnull=False, discarded_at__isnull=False).first()


def saved_tab_of(listing: Listing) -> str:
    """The browser tab that saved last, so that it forgets its own copy."""
    row = EditorDraft.objects.filter(listing=listing, data__isnull=True).first()
    return row.tab if row else ""


def begun_with(seller: SellerProfile, key: uuid.UUID) -> Listing | None:
    """The listing that was begun in the empty form with this key."""
    return Listing.objects.filter(seller=seller, editor_draft__key=key).first()


@transaction.atomic
def typed_keep(
    *, listing: Listing, data: Data, tab: str, base: str, stored: Callable[[], Data], force: bool = False
) -> str:
    """Keep `data` for a tab that began from what `base` marks. Returns the mark of what is kept now.

    `stored` says what the editor would show from the saved listing; it is asked under the listing's lock.
    Raises Conflict `changed_elsewhere` where another tab was quicker, unless `force`; nothing is lost then,
    and nothing kept.
    """
    listing_lock(listing.pk)
    row = EditorDraft.objects.filter(listing=listing).first()
    is_open = row is not None and row.data is not None and row.discarded_at is None
    shown = row.data if row is not None and is_open else stored()
    # Once it was saved, what the same tab still sends is older than that.
    is_own = row is not None and is_open and row.tab == tab
    if not (force or is_own or not base or mark_of(shown or {}) == base):
        raise Conflict(
            _("This listing was changed in another tab or on another device meanwhile."),
            code="changed_elsewhere",
        )
    values = {"data": dict(data), "tab": tab, "changed_at": clock.now(), "discarded_at": None}
    EditorDraft.objects.update_or_create(listing=listing, defaults=values)
    return mark_of(data)


def typed_saved(*, listing: Listing, tab: str) -> None:
    """What `tab` had typed is in the listing now."""
    values = {"data": None, "tab": tab, "changed_at": clock.now(), "discarded_at": None}
    EditorDraft.objects.update_or_create(listing=listing, defaults=values)


def typed_discard(*, listing: Listing) -> None:
    """Throw away what was typed and not saved; it can be brought back until something is typed again."""
    rows = EditorDraft.objects.filter(listing=listing, data__isnull=False, discarded_at=None)
    rows.update(discarded_at=clock.now())


def typed_set_aside(*, listing: Listing, data: Data) -> None:
    """Keep `data` as if it had been typed and thrown away, unless something that was typed is waiting."""
    if typed_of(listing) is None:
        values = {"data": dict(data), "tab": "", "changed_at": clock.now(), "discarded_at": clock.now()}
        EditorDraft.objects.update_or_create(listing=listing, defaults=values)


def typed_bring_back(*, listing: Listing) -> None:
    """Undo `typed_discard`."""
    EditorDraft.objects.filter(listing=listing, data__isnull=False).update(discarded_at=None)
