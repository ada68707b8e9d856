"""Every way to a bought text on the site counts in the access log; looking at a list of titles does not."""

from django.test import Client

from listings.models import Listing
from payments.models import Entitlement, TextAccess


def test_pages_and_files_are_told_apart(owned: Entitlement, as_alice: Client) -> None:
    pages = {
        f"/library/{owned.pk}/": "page",
        f"/library/{owned.pk}/download.md": "file",
        f"/library/{owned.pk}/download.txt": "file",
    }
    for address in pages:
        assert as_alice.get(address, REMOTE_ADDR="203.0.113.7").status_code == 200, address
    as_alice.post(f"/library/{owned.pk}/render/", {"name": "Ada"}, REMOTE_ADDR="203.0.113.7")
    counted = dict(TextAccess.objects.values_list("via", "count"))
    assert counted == {"page": 1, "file": 2, "render": 1}
    assert set(TextAccess.objects.values_list("address", flat=True)) == {"203.0.113.7"}


def test_the_library_s_list_and_a_head_request_open_nothing(owned: Entitlement, as_alice: Client) -> None:
    as_alice.get("/library/")
    as_alice.head(f"/library/{owned.pk}/")
    assert not TextAccess.objects.exists()


def test_a_stranger_s_try_is_not_logged_as_the_buyer_s(
    owned: Entitlement, as_charlie: Client, listing: Listing
) -> None:
    assert as_charlie.get(f"/library/{owned.pk}/").status_code == 404
    assert not TextAccess.objects.exists()
