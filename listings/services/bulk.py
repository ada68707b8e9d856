"""Many listings from a program: a row makes a draft, changes one, or is refused and hinders no other."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common.errors import DomainError, InvalidInput
from common.inserting import insert_once
from listings.models import ExternalListing, ImportedPrompt, Listing
from listings.queries.studio import own_listing
from listings.services.copies import Copied, copied_from
from listings.services.drafts import ListingInput, listing_create, listing_update
from listings.services.locks import external_ids_lock
from listings.services.texts import clean_text, text_hash
from listings.templating import normalise_syntaxes

MAX_ROWS = 100
NEEDED = ("title", "model", "category", "price_amount", "prompt")


class BulkOutcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class BulkRow:
    """One listing as a program sends it. `fields` are ListingInput's, as many as were sent.

    `external_id` is the seller's own name for it, `slug` ours. With `recognise_variables` blanks written as
    `${Name:default}`, `[Name]` and `{Name}` become ours, as in prompt files.
    """

    fields: Mapping[str, Any]
    external_id: str = ""
    slug: str = ""
    recognise_variables: bool = False

    @property
    def sent_hash(self) -> str:
        sent = [dict(self.fields), self.slug, self.recognise_variables]
        return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class BulkResult:
    """What became of a row. If it was left out, `code`, `message` and `errors` say why; never the prompt."""

    outcome: BulkOutcome
    listing: Listing | None = None
    code: str = ""
    message: str = ""
    errors: Mapping[str, list[Any]] = field(default_factory=dict)


def listing_bulk_take(*, seller: SellerProfile, row: BulkRow) -> BulkResult:
    """Make or change the draft a row describes, in a transaction of its own or a savepoint of the caller's.

    A row whose `external_id` is known changes that listing, or nothing if the same was sent last; one with a
    `slug` changes the seller's listing of that name. Any other makes a draft, unless its text is here
    already.
    Locks the seller's external names, then the listing. A broken rule is a result, not an exception.
    """
    try:
        with transaction.atomic():
            external_ids_lock(seller.pk)
            return _taken(seller, row)
    except DomainError as error:
        return BulkResult(
            outcome=BulkOutcome.REFUSED, code=error.code, message=str(error.message), errors=error.errors
        )


def _taken(seller: SellerProfile, row: BulkRow) -> BulkResult:
    known = _known(seller, row.external_id)
    if known is not None and known.sent_hash == row.sent_hash:
        return BulkResult(outcome=BulkOutcome.UNCHANGED, listing=known.listing)
    if known is not None and row.slug not in ("", known.listing.slug):
        raise InvalidInput.of("external_id", _("Another listing of yours has this external_id."))
    target = known.listing if known else own_listing(seller, row.slug) if row.slug else None
    if target is None:
        return _created(seller, row)
    listing = listing_update(listing=target, data=_in_our_language(row))
    _remember(seller, row, listing)
    return BulkResult(outcome=BulkOutcome.UPDATED, listing=listing)


def _created(seller: SellerProfile, row: BulkRow) -> BulkResult:
    missing = {name: [_("A new listing needs this.")] for name in NEEDED if name not in row.fields}
    if missing:
        raise InvalidInput(_("A new listing needs more than this."), errors=missing)
    data = _in_our_language(row)
    source_hash = text_hash(clean_text(row.fields["prompt"]).strip())
    copied = _imported(seller, source_hash) or copied_from(text_hash(clean_text(data["prompt"])), seller)
    if copied is not None:
        return BulkResult(
            outcome=BulkOutcome.DUPLICATE, listing=copied.listing, code="duplicate", message=copied.sentence
        )
    listing = listing_create(seller=seller, data=ListingInput(**data))
    if source_hash:
        insert_once(ImportedPrompt(seller=seller, listing=listing, text_hash=source_hash))
    _remember(seller, row, listing)
    return BulkResult(outcome=BulkOutcome.CREATED, listing=listing)


def _known(seller: SellerProfile, external_id: str) -> ExternalListing | None:
    if not external_id:
        return None
    names = ExternalListing.objects.select_related("listing")
    return names.filter(seller=seller, external_id=external_id).first()


def _remember(seller: SellerProfile, row: BulkRow, listing: Listing) -> None:
    if row.external_id:
        ExternalListing.objects.update_or_create(
            seller=seller,
            external_id=row.external_id,
            defaults={"listing": listing, "sent_hash": row.sent_hash},
        )


def _imported(seller: SellerProfile, source_hash: str) -> Copied | None:
    """What this seller brought in with this text before, though it was edited since."""
    if not source_hash:
        return None
    imports = ImportedPrompt.objects.select_related("listing")
    before = imports.filter(seller=seller, text_hash=source_hash).first()
    if before is None:
        return None
    sentence = _("You brought this text in before: it is your prompt “%(title)s”.")
    return Copied(sentence % {"title": before.listing.title}, before.listing)


def _in_our_language(row: BulkRow) -> dict[str, Any]:
    data = dict(row.fields)
    if row.recognise_variables and "prompt" in data and data.get("variables") is None:
        text, variables = normalise_syntaxes(clean_text(data["prompt"]).strip())
        data |= {"prompt": text, "variables": [variable.to_dict() for variable in variables]}
    return data
