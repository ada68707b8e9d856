"""Reads about people, their storefronts and their tokens."""

import datetime
import hashlib

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet

from accounts.models import ApiToken, Scope, SellerProfile, User
from common import clock

TOUCH_EVERY = datetime.timedelta(minutes=1)


def user_has_verified_email(user: User) -> bool:
    """Whether the address the user signs in with has been confirmed from its mailbox."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


def seller_profile_of(user: User) -> SellerProfile | None:
    """The user's storefront, or None for someone who has none yet."""
    return SellerProfile.objects.filter(user=user).first()


def handle_is_free(handle: str) -> bool:
    """Whether no storefront has this handle."""
    return not SellerProfile.objects.filter(handle=handle.lower()).exists()


def scopes_available(user: User) -> list[Scope]:
    """The scopes a token of this user may carry, in the order they are shown.

    Writing listings, reading sales and moving their money need a storefront; moderating needs a moderator.
    """
    has_storefront = seller_profile_of(user) is not None
    needs_storefront = {Scope.LISTINGS_WRITE, Scope.SALES_READ, Scope.PAYOUTS_WRITE}
    return [
        scope
        for scope in Scope
        if (has_storefront or scope not in needs_storefront)
        and (user.is_staff or scope != Scope.MODERATION_WRITE)
    ]


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's tokens that have not been revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-created_at", "-pk")


def token_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def token_authenticate(secret: str) -> ApiToken | None:
    """The token whose secret this is, with its user; None when unknown, ended, or its user is inactive.

    Notes the use, at most once a minute: a busy client must not write a row per request.
    """
    now = clock.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, user__is_active=True)
        .filter(token_hash=token_hash(secret))
        .first()
    )
    if token is not None and (token.last_used_at is None or token.last_used_at <= now - TOUCH_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token
