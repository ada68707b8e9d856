"""Addresses of listings."""

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from listings.models import Listing

_LENGTH = 80  # leaves room for a suffix within the column's 90


def slug_base(title: str) -> str:
    return slugify(title)[:_LENGTH].strip("-_")


def free_slug(title: str, *, taken: set[str] | None = None) -> str:
    """A slug made of `title`, with an unguessable suffix only when another listing has it already.

    `taken` replaces the look-up, for those who make many at once.
    """
    base = slug_base(title)
    candidate = base or f"prompt-{secrets.token_hex(3)}"
    while candidate in taken if taken is not None else Listing.objects.filter(slug=candidate).exists():
        candidate = f"{base or 'prompt'}-{secrets.token_hex(3)}"
    return candidate


def save_with_slug(listing: Listing) -> None:
    """Save `listing` under a slug made of its title, though others may take the same one at this moment."""
    for _attempt in range(5):
        listing.slug = free_slug(listing.title)
        try:
            with transaction.atomic():
                listing.save()
            return
        except IntegrityError:
            if not Listing.objects.exclude(pk=listing.pk).filter(slug=listing.slug).exists():
                raise
    raise RuntimeError("no free slug found")
