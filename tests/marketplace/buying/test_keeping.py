"""What a buyer keeps beside a prompt: versions, labels, saved values, finished texts, runs, files."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common import clock
from listings.licences import LICENCES
from listings.models import Listing
from marketplace.library.models import LibraryLabel, Preset, RenderRecord, RunReport
from marketplace.library.queries import run_counts
from marketplace.library.services import MOST_RENDERS, render_note
from payments.models import Entitlement
from payments.services import order_create
from tests.factories import ListingFactory, PromptVersionFactory
from tests.marketplace.buying.conftest import TEXT, VARIABLES, signed_in

VALUES = {"v-name": "Ada", "v-tone": "formal"}


@pytest.fixture
def newer(listing: Listing) -> Listing:
    """Bob's second version is on sale."""
    version = PromptVersionFactory.create(
        listing=listing,
        text=TEXT + " Newer.",
        variables=VARIABLES,
        changelog="Says more.",
        sealed_at=clock.now(),
        published_at=clock.now(),
    )
    Listing.objects.filter(pk=listing.pk).update(published_version=version)
    return listing


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def take(buyer: User, **fields: Any) -> Entitlement:
    listing = ListingFactory.create(price_amount=0, status="published", **fields)
    order_create(buyer=buyer, listing_slugs=[listing.slug])
    return Entitlement.objects.get(buyer=buyer, listing=listing)


def test_the_bought_version_opens_until_the_newest_is_followed_or_one_is_pinned(
    owned: Entitlement, newer: Listing, as_alice: Client
) -> None:
    path = owned.get_absolute_url()
    page = page_of(as_alice, path)
    assert "Newer." not in page
    assert "Says more." in page
    assert as_alice.post(f"{path}version/", {"version": "newest"}).status_code == 303
    assert "Newer." in page_of(as_alice, path)
    assert as_alice.post(f"{path}version/", {"version": "1"}).status_code == 303
    assert "Newer." not in page_of(as_alice, path)
    as_alice.post(f"{path}version/", {"version": "2"})
    assert "Newer." in page_of(as_alice, path)
    assert as_alice.post(f"{path}version/", {"version": "9"}).status_code == 404


def test_labels_file_what_is_owned_and_are_private(
    owned: Entitlement, as_alice: Client, as_charlie: Client
) -> None:
    path = owned.get_absolute_url()
    as_alice.post(f"{path}labels/", {"labels": "Clients, urgent,  clients"})
    assert set(LibraryLabel.objects.values_list("name", flat=True)) == {"clients", "urgent"}
    assert "Letters that land" in page_of(as_alice, "/library/?label=urgent")
    assert "Nothing you own fits" in page_of(as_alice, "/library/?label=other")
    assert as_charlie.post(f"{path}labels/", {"labels": "mine"}).status_code == 404
    assert "urgent" not in page_of(as_charlie, "/library/")
    as_alice.post(f"{path}labels/", {"labels": ""})
    assert not LibraryLabel.objects.exists()


def test_too_many_or_too_long_labels_are_refused(owned: Entitlement, as_alice: Client) -> None:
    for labels in (",".join(map(str, range(11))), "x" * 41):
        response = as_alice.post(f"{owned.get_absolute_url()}labels/", {"labels": labels}, follow=True)
        assert "at most" in response.content.decode()
    assert not LibraryLabel.objects.exists()


def test_kept_values_fill_the_form_again(owned: Entitlement, as_alice: Client, as_charlie: Client) -> None:
    path = owned.get_absolute_url()
    response = as_alice.post(f"{path}presets/", VALUES | {"preset": "For Ada"})
    preset = Preset.objects.get()
    assert response["Location"].endswith(f"?preset={preset.pk}")
    assert "Write a formal letter to Ada." in page_of(as_alice, f"{path}?preset={preset.pk}")
    assert as_alice.post(f"{path}presets/", VALUES | {"preset": "For Ada"}).status_code == 303
    assert Preset.objects.count() == 1
    assert as_charlie.get(f"{path}?preset={preset.pk}").status_code == 404
    as_alice.post(f"{path}presets/{preset.pk}/delete/")
    assert not Preset.objects.exists()


def test_another_buyers_values_fill_no_form(owned: Entitlement, listing: Listing, charlie: User) -> None:
    preset = Preset.objects.create(entitlement=owned, name="Hers", values={"name": "Ada"})
    Listing.objects.filter(pk=listing.pk).update(price_amount=0)
    order_create(buyer=charlie, listing_slugs=[listing.slug])
    theirs = Entitlement.objects.get(buyer=charlie)
    assert "to Ada" not in page_of(signed_in(charlie), f"{theirs.get_absolute_url()}?preset={preset.pk}")


def test_finished_texts_are_remembered_by_their_values_until_forgotten(
    owned: Entitlement, as_alice: Client, as_charlie: Client
) -> None:
    path = owned.get_absolute_url()
    for _time in range(2):
        as_alice.post(f"{path}render/", VALUES)
    as_alice.post(f"{path}render/", VALUES, headers={"HX-Request": "true"})
    [record] = RenderRecord.objects.all()
    assert record.values == {"name": "Ada", "tone": "formal"}
    assert "Ada" in page_of(as_alice, f"{path}history/")
    assert "Zebrafinch" not in page_of(as_alice, f"{path}history/")
    assert "Write a formal letter to Ada." in page_of(as_alice, f"{path}?render={record.pk}")
    assert as_charlie.get(f"{path}history/").status_code == 404
    as_alice.post(f"{path}history/delete/", {"render": record.pk})
    assert "Nothing finished yet" in page_of(as_alice, f"{path}history/")


def test_the_history_is_limited(owned: Entitlement) -> None:
    for number in range(MOST_RENDERS + 3):
        render_note(entitlement=owned, version=owned.version, values={"name": str(number)})
    kept = RenderRecord.objects.order_by("pk")
    assert (kept.count(), kept[0].values) == (MOST_RENDERS, {"name": "3"})


def test_every_file_is_stamped_with_version_licence_and_order(owned: Entitlement, as_alice: Client) -> None:
    path, number = owned.get_absolute_url(), owned.item.order.number
    files = {kind: page_of(as_alice, f"{path}export/{kind}/") for kind in ("json", "skill", "api", "mcp")}
    files["md"] = page_of(as_alice, f"{path}download.md")
    for kind, content in files.items():
        assert number in content, kind
        assert "personal" in content.lower(), kind
    told = json.loads(files["json"])
    assert told["prompt"] == TEXT
    assert told["promptfair"]["version"] == 1
    assert (told["promptfair"]["license"], told["promptfair"]["license_version"]) == ("personal", 1)
    assert json.loads(files["mcp"])["_promptfair"]["prompt"] == "letters"
    assert files["skill"].startswith('---\nname: "letters"\n')
    assert TEXT in files["skill"]
    assert f"/api/v1/library/{owned.pk}/render/" in files["api"]
    assert as_alice.get(f"{path}export/exe/").status_code == 404


def test_a_skill_s_head_is_ended_by_no_title(alice: User) -> None:
    owned = take(alice, title='A "title"\n---\nname: other', slug="odd")
    content = page_of(signed_in(alice), f"{owned.get_absolute_url()}export/skill/")
    head = content.split("\n---\n")[0]
    assert '\\"title\\"' in head
    assert "\nname: other" not in head


def test_an_order_keeps_the_wording_that_stood(owned: Entitlement, as_alice: Client) -> None:
    assert owned.item.license_version == 1
    page = page_of(as_alice, "/licences/personal/1/")
    assert "You, one person, may use the prompt" in page
    assert "/licences/personal/1/" in page_of(as_alice, owned.get_absolute_url())
    assert "/licences/personal/1/" in page_of(as_alice, f"/account/orders/{owned.item.order_id}/")
    assert as_alice.get("/licences/personal/2/").status_code == 404
    assert all(texts[0].version == 1 for texts in LICENCES.values())


def test_a_run_counts_once_per_buyer_version_and_model_version(
    owned: Entitlement, listing: Listing, as_alice: Client, as_charlie: Client
) -> None:
    path = f"{owned.get_absolute_url()}run/"
    listing.refresh_from_db()
    assert run_counts(listing) is None
    said = {"model_version": "GPT-5.2", "worked": "no", "output": "Zebrafinch came out."}
    assert as_alice.post(path, said).status_code == 303
    as_alice.post(path, said | {"worked": "yes"})
    as_alice.post(path, said | {"model_version": "GPT-5.3"})
    counts = run_counts(listing)
    assert counts is not None
    assert (counts.worked, counts.total) == (1, 2)
    assert as_charlie.post(path, said).status_code == 404
    page = page_of(Client(), f"/prompts/{listing.slug}/")
    assert "1 of 2 worked in the last 60 days" in page
    assert "Zebrafinch" not in page
    RunReport.objects.update(reported_at="2020-01-01T00:00:00Z")
    assert run_counts(listing) is None
    as_alice.post(path, {"delete": RunReport.objects.all()[0].pk})
    assert RunReport.objects.count() == 1


def test_a_thousand_things_cost_as_many_statements_as_thirty(alice: User, as_alice: Client) -> None:
    for _number in range(30):
        take(alice)

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(as_alice, path)
        # The clock's offset is looked up once a second.
        return len([query for query in captured.captured_queries if "clockoffset" not in query["sql"]])

    few = {path: statements(path) for path in ("/library/", "/library/?q=listing", "/library/?updates=1")}
    for _number in range(30):
        take(alice)
    assert {path: statements(path) for path in few} == few


def test_pages_lead_through_everything_once(alice: User, as_alice: Client) -> None:
    owned = {str(take(alice).pk) for _number in range(30)}
    first = as_alice.get("/library/").context["page"]
    second = as_alice.get(f"/library/?after={first.next_after}").context["page"]
    seen = [str(row.pk) for row in (*first.rows, *second.rows)]
    assert (len(seen), set(seen), second.next_after) == (30, owned, "")
    assert as_alice.get("/library/?after=nonsense").context["page"].is_first
