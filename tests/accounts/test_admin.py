"""What staff can see and do about people."""

import pytest
from django.urls import reverse

from accounts.models import Scope
from accounts.services import audit_record, token_create
from tests.factories import SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser():
    return UserFactory(is_staff=True, is_superuser=True)


def test_a_tokens_secret_and_hash_are_on_no_admin_page(client, superuser):
    token, secret = token_create(user=superuser, name="Script", scopes=[Scope.LIBRARY_READ])
    client.force_login(superuser)
    for url in (
        reverse("admin:accounts_apitoken_changelist"),
        reverse("admin:accounts_apitoken_change", args=[token.pk]),
    ):
        page = client.get(url).content.decode()
        assert token.prefix in page
        assert secret not in page
        assert token.token_hash not in page


def test_no_password_hash_is_shown(client, superuser):
    client.force_login(superuser)
    page = client.get(reverse("admin:accounts_user_change", args=[superuser.pk])).content.decode()
    assert superuser.password not in page
    assert 'name="password"' not in page


@pytest.mark.parametrize("model", ["apitoken", "auditentry"])
def test_tokens_and_audit_entries_are_read_only(client, superuser, model):
    token, _ = token_create(user=superuser, name="Script", scopes=[Scope.LIBRARY_READ])
    subject = token if model == "apitoken" else audit_record(actor=superuser, action="x", subject=superuser)
    client.force_login(superuser)
    assert client.get(reverse(f"admin:accounts_{model}_change", args=[subject.pk])).status_code == 200
    assert client.post(reverse(f"admin:accounts_{model}_change", args=[subject.pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:accounts_{model}_delete", args=[subject.pk])).status_code == 403
    assert client.get(reverse(f"admin:accounts_{model}_add")).status_code == 403


def test_trust_is_given_to_a_storefront_by_staff(client, superuser):
    profile = SellerProfileFactory()
    client.force_login(superuser)
    data = {"name": profile.name, "bio": "", "is_trusted": "on"}
    client.post(reverse("admin:accounts_sellerprofile_change", args=[profile.pk]), data)
    profile.refresh_from_db()
    assert profile.is_trusted


def test_only_a_superuser_hands_out_rights(client):
    from django.contrib.auth.models import Permission

    staff, alice = UserFactory(staff=True), UserFactory()
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(staff)
    data = {
        "display_name": "Alice",
        "handle": alice.handle,
        "language": "en",
        "is_active": "on",
        "is_staff": "on",
    }
    client.post(reverse("admin:accounts_user_change", args=[alice.pk]), data)
    alice.refresh_from_db()
    assert (alice.display_name, alice.is_staff) == ("Alice", False)
