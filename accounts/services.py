"""Writes about people: profiles, storefronts, API tokens, and the audit log."""

import datetime
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import ApiToken, AuditEntry, Scope, SellerProfile, User, handle_validator
from accounts.queries import handle_is_free, scopes_available, seller_profile_of, token_hash
from common import clock
from common.errors import Conflict, InvalidInput
from common.texts import one_line, printable

TOKEN_PREFIX = "pf_"  # noqa: S105 - a mark to recognise our tokens by, not a secret
TOKENS_PER_USER = 50
# Storefront addresses that would be taken for ours.
RESERVED_HANDLES = frozenset(
    {
        "admin",
        "administrator",
        "api",
        "help",
        "moderator",
        "official",
        "promptfair",
        "staff",
        "support",
        "system",
    }
)


def profile_update(
    *, user: User, display_name: str | None = None, handle: str | None = None, language: str | None = None
) -> User:
    """Change what is given of a user's profile. Raises InvalidInput naming each field that breaks a rule."""
    errors: dict[str, list[str]] = {}
    if display_name is not None:
        user.display_name = one_line(display_name)
        errors["display_name"] = _name_problems(user.display_name)
    if handle is not None:
        user.handle = handle.strip().lower()
        taken = User.objects.filter(handle=user.handle).exclude(pk=user.pk).exists()
        errors["handle"] = _handle_problems(user.handle, taken=taken, reserved=False)
    if language is not None:
        user.language = language
        errors["language"] = (
            [] if language in dict(settings.LANGUAGES) else [_("Choose a language we speak.")]
        )
    _refuse(errors)
    try:
        with transaction.atomic():
            user.save(update_fields=["display_name", "handle", "language"])
    except IntegrityError as error:
        raise _handle_taken() from error
    return user


def seller_profile_create(*, user: User, handle: str, name: str, bio: str = "") -> SellerProfile:
    """Open the user's storefront. Its handle stands in links and cannot be changed later.

    Raises InvalidInput for a handle that is malformed, reserved or taken, or a name or bio of the wrong
    length; Conflict (`already_seller`) for someone who has a storefront.
    """
    handle, name, bio = handle.strip().lower(), one_line(name), printable(bio).strip()
    if seller_profile_of(user) is not None:
        raise _already_seller()
    _refuse(
        {
            "handle": handle_problems(handle),
            "name": _name_problems(name),
            "bio": _bio_problems(bio),
        }
    )
    try:
        with transaction.atomic():
            profile = SellerProfile.objects.create(user=user, handle=handle, name=name, bio=bio)
    except IntegrityError as error:
        raise (_already_seller() if seller_profile_of(user) else _handle_taken()) from error
    user.seller_profile = profile
    return profile


def seller_profile_update(*, profile: SellerProfile, name: str, bio: str) -> SellerProfile:
    """Change a storefront's name and text. Raises InvalidInput naming each field that breaks a rule."""
    profile.name, profile.bio = one_line(name), printable(bio).strip()
    _refuse({"name": _name_problems(profile.name), "bio": _bio_problems(profile.bio)})
    profile.save(update_fields=["name", "bio"])
    return profile


def handle_problems(handle: str) -> list[str]:
    """Why a storefront could not have this handle (lower case), for people; empty when it could."""
    return _handle_problems(handle, taken=not handle_is_free(handle))


@transaction.atomic
def token_create(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime.datetime | None = None
) -> tuple[ApiToken, str]:
    """Make an API token; the second value is its secret, which is stored nowhere and cannot be shown again.

    Raises InvalidInput for a missing name, no scope, a scope the user's role may not have, or an expiry in
    the past; Conflict (`too_many_tokens`) at 50 tokens that are not revoked.
    """
    name = one_line(name)
    allowed = set(scopes_available(user))
    refused = [scope for scope in scopes if scope not in allowed]
    errors: dict[str, list[str]] = {"name": _name_problems(name), "scopes": [], "expires_at": []}
    if not scopes:
        errors["scopes"] = [_("Choose at least one thing this token may do.")]
    if refused:
        errors["scopes"] = [_("Your account may not use: %(scopes)s.") % {"scopes": ", ".join(refused)}]
    if expires_at is not None and expires_at <= clock.now():
        errors["expires_at"] = [_("Choose a time in the future.")]
    _refuse(errors)
    if ApiToken.objects.filter(user=user, revoked_at=None).count() >= TOKENS_PER_USER:
        raise Conflict(_("You have 50 tokens. Revoke one you no longer use first."), code="too_many_tokens")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[: ApiToken._meta.get_field("prefix").max_length],
        token_hash=token_hash(secret),
        scopes=[scope for scope in Scope.values if scope in scopes],
        expires_at=expires_at,
    )
    audit_record(actor=user, action="token.created", subject=token, detail={"scopes": token.scopes})
    return token, secret


@transaction.atomic
def token_revoke(*, token: ApiToken) -> ApiToken:
    """End a token at once and for good. Locks its row; revoking again changes nothing."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        audit_record(actor=token.user, action="token.revoked", subject=token)
    return token


def audit_record(
    *, actor: User | None, action: str, subject: Model, detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Write who did, or read, what. `actor` is None for the system; `detail` holds no secret, no prompt."""
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        subject_type=subject._meta.model_name or "",
        subject_id=str(subject.pk),
        detail=dict(detail or {}),
    )


def _name_problems(name: str) -> list[str]:
    if not name:
        return [_("Write a name.")]
    return [] if len(name) <= 60 else [_("Use at most 60 characters.")]


def _bio_problems(bio: str) -> list[str]:
    return [] if len(bio) <= 600 else [_("Use at most 600 characters.")]


def _handle_problems(handle: str, *, taken: bool, reserved: bool = True) -> list[str]:
    try:
        handle_validator(handle)
    except ValidationError as error:
        return list(error.messages)
    if reserved and handle in RESERVED_HANDLES:
        return [_("This handle is reserved.")]
    return [_("This handle is taken.")] if taken else []


def _handle_taken() -> InvalidInput:
    return InvalidInput.of("handle", _("This handle is taken."), code="handle_taken")


def _already_seller() -> Conflict:
    return Conflict(_("You have a storefront already."), code="already_seller")


def _refuse(errors: Mapping[str, Sequence[str]]) -> None:
    """Raise InvalidInput for the fields that have messages; its sentence is the first of them."""
    found = {field: messages for field, messages in errors.items() if messages}
    if found:
        raise InvalidInput(next(iter(found.values()))[0], errors=found)
