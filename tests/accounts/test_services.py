"""Storefronts, profiles, tokens and the audit log."""

import datetime

import pytest
from django.db import Error, transaction

from accounts.models import ApiToken, AuditEntry, Scope, SellerProfile
from accounts.queries import scopes_available, token_authenticate, tokens_of, user_has_verified_email
from accounts.services import (
    audit_record,
    profile_update,
    seller_profile_create,
    seller_profile_update,
    token_create,
    token_revoke,
)
from common import clock
from common.errors import Conflict, InvalidInput
from tests.factories import SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice", handle="alice")


@pytest.fixture
def bob():
    return UserFactory(display_name="Bob", handle="bob")


# --- Storefronts and profiles --------------------------------------------------------------------


def test_names_are_one_line_that_feeds_and_mails_can_carry(alice):
    profile = seller_profile_create(user=alice, handle="alice-x", name="A\x08l\r\nice", bio="One\x0b\nTwo")
    assert (profile.name, profile.bio) == ("Al ice", "One\nTwo")
    assert seller_profile_update(profile=profile, name="B\x1bo\x85b", bio="").name == "Bo b"
    assert profile_update(user=alice, display_name="Al\x00\r\nBcc: b").display_name == "Al Bcc: b"


def test_a_storefront_handle_is_kept_in_lower_case(alice):
    profile = seller_profile_create(user=alice, handle=" Alice-Prompts ", name=" Alice ", bio="")
    assert (profile.handle, profile.name) == ("alice-prompts", "Alice")


@pytest.mark.parametrize("handle", ["", "a", "-ab", "ab-", "a b c", "é-té", "a" * 31, "promptfair", "admin"])
def test_a_malformed_or_reserved_handle_is_refused_and_named(alice, handle):
    with pytest.raises(InvalidInput) as refused:
        seller_profile_create(user=alice, handle=handle, name="Alice")
    assert list(refused.value.errors) == ["handle"]


def test_a_taken_handle_is_refused(alice, bob):
    seller_profile_create(user=bob, handle="prompts", name="Bob")
    with pytest.raises(InvalidInput) as refused:
        seller_profile_create(user=alice, handle="PROMPTS", name="Alice")
    assert list(refused.value.errors) == ["handle"]


def test_a_user_opens_one_storefront_only(alice):
    seller_profile_create(user=alice, handle="prompts", name="Alice")
    with pytest.raises(Conflict) as refused:
        seller_profile_create(user=alice, handle="prompts-2", name="Alice")
    assert refused.value.code == "already_seller"
    assert SellerProfile.objects.filter(user=alice).count() == 1


def test_every_faulty_field_is_named_at_once(alice):
    with pytest.raises(InvalidInput) as refused:
        seller_profile_create(user=alice, handle="x", name=" ", bio="b" * 601)
    assert set(refused.value.errors) == {"handle", "name", "bio"}


def test_a_storefronts_text_can_change_but_not_its_handle():
    profile = SellerProfileFactory(handle="prompts")
    seller_profile_update(profile=profile, name="New name", bio="New text")
    profile.refresh_from_db()
    assert (profile.handle, profile.name, profile.bio) == ("prompts", "New name", "New text")


def test_a_profile_changes_in_what_is_given_only(alice):
    profile_update(user=alice, language="fr")
    alice.refresh_from_db()
    assert (alice.display_name, alice.handle, alice.language) == ("Alice", "alice", "fr")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"display_name": " "}, "display_name"),
        ({"handle": "bob"}, "handle"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_profile_refuses_what_breaks_a_rule(alice, bob, change, field):
    with pytest.raises(InvalidInput) as refused:
        profile_update(user=alice, **change)
    assert list(refused.value.errors) == [field]


# --- Tokens --------------------------------------------------------------------------------------


def test_a_tokens_secret_is_stored_nowhere(alice):
    token, secret = token_create(user=alice, name="Script", scopes=[Scope.LIBRARY_READ])
    assert secret.startswith("pf_")
    assert len(secret) >= 43
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert not any(secret in str(value) for value in row.values())
    assert not AuditEntry.objects.filter(detail__icontains=secret).exists()


def test_a_token_is_found_by_its_secret_alone(alice):
    token, secret = token_create(user=alice, name="Script", scopes=[Scope.LIBRARY_READ])
    assert token_authenticate(secret) == token
    assert token_authenticate(secret[:-1]) is None
    assert token_authenticate(token.token_hash) is None
    assert token_authenticate("") is None


def test_a_revoked_token_is_refused_at_once(alice):
    token, secret = token_create(user=alice, name="Script", scopes=[Scope.LIBRARY_READ])
    token_revoke(token=token)
    assert token_authenticate(secret) is None
    assert not tokens_of(alice).exists()


def test_revoking_twice_keeps_the_first_time_and_one_audit_entry(alice):
    token, _ = token_create(user=alice, name="Script", scopes=[Scope.LIBRARY_READ])
    first = token_revoke(token=token).revoked_at
    assert token_revoke(token=token).revoked_at == first
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1


def test_an_expired_token_is_refused(alice):
    token, secret = token_create(
        user=alice,
        name="Script",
        scopes=["library:read"],
        expires_at=clock.now() + datetime.timedelta(days=1),
    )
    ApiToken.objects.filter(pk=token.pk).update(expires_at=clock.now() - datetime.timedelta(seconds=1))
    assert token_authenticate(secret) is None


def test_the_token_of_a_closed_account_is_refused(alice):
    _, secret = token_create(user=alice, name="Script", scopes=["library:read"])
    alice.is_active = False
    alice.save()
    assert token_authenticate(secret) is None


def test_a_tokens_use_is_noted_at_most_once_a_minute(alice, django_assert_num_queries):
    token, secret = token_create(user=alice, name="Script", scopes=["library:read"])
    token_authenticate(secret)
    noted = ApiToken.objects.get(pk=token.pk).last_used_at
    assert noted is not None
    with django_assert_num_queries(1):
        token_authenticate(secret)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=noted - datetime.timedelta(minutes=1))
    token_authenticate(secret)
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= noted


@pytest.mark.parametrize("scope", ["listings:write", "sales:read", "moderation:write", "everything"])
def test_a_buyers_token_may_not_sell_or_moderate(alice, scope):
    with pytest.raises(InvalidInput) as refused:
        token_create(user=alice, name="Script", scopes=["library:read", scope])
    assert list(refused.value.errors) == ["scopes"]


def test_scopes_follow_the_role(alice):
    seller = SellerProfileFactory().user
    moderator = UserFactory(staff=True)
    assert Scope.LISTINGS_WRITE not in scopes_available(alice)
    assert {Scope.LISTINGS_WRITE, Scope.SALES_READ} <= set(scopes_available(seller))
    assert Scope.MODERATION_WRITE not in scopes_available(seller)
    assert Scope.MODERATION_WRITE in scopes_available(moderator)


def test_a_token_needs_a_name_a_scope_and_a_future(alice):
    with pytest.raises(InvalidInput) as refused:
        token_create(user=alice, name=" ", scopes=[], expires_at=clock.now())
    assert set(refused.value.errors) == {"name", "scopes", "expires_at"}


# --- Email, audit --------------------------------------------------------------------------------


def test_an_address_counts_as_confirmed_only_once_it_is(alice):
    assert user_has_verified_email(alice)
    assert not user_has_verified_email(UserFactory(verified=False))


def test_audit_entries_say_who_did_what_to_which(alice):
    entry = audit_record(actor=alice, action="user.looked", subject=alice, detail={"at": "noon"})
    assert (entry.subject_type, entry.subject_id) == ("user", str(alice.pk))


@pytest.mark.parametrize("change", ["update", "delete"])
def test_audit_entries_cannot_be_changed_or_deleted(alice, change):
    audit_record(actor=alice, action="user.looked", subject=alice)
    entries = AuditEntry.objects.filter(actor=alice)
    with pytest.raises(Error), transaction.atomic():
        entries.update(action="user.slept") if change == "update" else entries.delete()
