"""New public text for a listing on sale: written beside the old, proposed, judged, and never lost."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import AuditEntry, SellerProfile, User
from common.errors import Conflict, InvalidInput, NotFound
from common.models import OutboxMessage
from listings.models import Listing, ListingRevision, RevisionStatus
from listings.queries.revisions import proposals_of, revision_changes, revisions_waiting
from listings.services.drafts import listing_update
from listings.services.public_text import listing_as_proposed, public_facts
from listings.services.review import listing_remove, listing_submit, listing_withdraw, revision_position
from listings.services.revision_decisions import revision_apply, revision_reject
from listings.services.revisions import revision_discard, revision_propose, revision_withdraw
from tests.factories import SellerProfileFactory, TargetModelFactory, UserFactory
from tests.listings.drafting import published

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice")


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def listing(alice: SellerProfile, moderator: User) -> Listing:
    return published(alice, moderator, tags=["essays"])


def written(listing: Listing, **changes: Any) -> ListingRevision:
    listing_update(listing=listing, data=changes)
    return ListingRevision.objects.get(listing=listing, status=RevisionStatus.DRAFT)


def proposed(listing: Listing, **changes: Any) -> ListingRevision:
    written(listing, **changes or {"title": "A better essay"})
    return revision_propose(listing=listing, by=listing.seller.user)


@pytest.mark.parametrize(
    "change", [{"title": "Another"}, {"description": "New"}, {"tags": ["new"]}, {"license": "commercial"}]
)
def test_new_public_text_stands_beside_what_is_on_sale(listing: Listing, change: dict[str, Any]) -> None:
    before = public_facts(listing)
    revision = written(listing, **change)

    assert revision.fields == change
    assert public_facts(Listing.objects.get()) == before


def test_only_what_differs_is_kept_and_nothing_when_nothing_does(listing: Listing) -> None:
    everything = public_facts(listing)
    listing_update(listing=listing, data=everything | {"title": "Another"})
    assert ListingRevision.objects.get().fields == {"title": "Another"}

    listing_update(listing=listing, data={"summary": "New."})
    assert ListingRevision.objects.get().fields == {"title": "Another", "summary": "New."}

    listing_update(listing=listing, data=everything)
    assert not ListingRevision.objects.exists()


def test_what_is_applied_is_on_sale_at_its_old_address(listing: Listing, moderator: User) -> None:
    TargetModelFactory(slug="claude")
    change = {"title": "Owls", "description": "**Owls**", "model": "claude", "tags": ["owls"]}
    revision = revision_apply(revision=proposed(listing, **change), moderator=moderator)

    shown = Listing.objects.get()
    assert (shown.title, shown.model.slug, shown.slug) == ("Owls", "claude", listing.slug)
    assert "<strong>Owls</strong>" in shown.description_html
    assert [tag.slug for tag in shown.tags.all()] == ["owls"]
    assert (revision.status, revision.moderator) == (RevisionStatus.APPLIED, moderator)
    assert "owl" in str(shown.search.document)


def test_a_decision_is_audited_and_told(listing: Listing, moderator: User) -> None:
    revision = revision_apply(revision=proposed(listing), moderator=moderator)

    entry = AuditEntry.objects.get(action="revision.apply")
    assert (entry.actor, entry.detail) == (moderator, {"listing": listing.pk, "fields": ["title"]})
    assert OutboxMessage.objects.filter(topic="revision_applied", subject=str(revision.pk)).count() == 1


def test_the_same_decision_again_changes_nothing(listing: Listing, moderator: User) -> None:
    revision = proposed(listing)
    revision_apply(revision=revision, moderator=moderator)
    revision_apply(revision=revision, moderator=moderator)

    assert AuditEntry.objects.filter(action="revision.apply").count() == 1
    with pytest.raises(Conflict) as refusal:
        revision_reject(revision=revision, moderator=moderator, reasons=["No."])
    assert refusal.value.code == "already_decided"


def test_what_is_returned_goes_on_as_a_draft_with_its_reasons(listing: Listing, moderator: User) -> None:
    revision_reject(revision=proposed(listing), moderator=moderator, reasons=["Too loud."])

    proposal = proposals_of([listing])[listing.pk]
    assert proposal.revision.fields == {"title": "A better essay"}
    assert (proposal.reasons, proposal.is_waiting) == (["Too loud."], False)
    revision_propose(listing=listing, by=listing.seller.user)
    assert proposals_of([listing])[listing.pk].reasons == []


def test_returning_needs_a_reason(listing: Listing, moderator: User) -> None:
    with pytest.raises(InvalidInput) as refusal:
        revision_reject(revision=proposed(listing), moderator=moderator, reasons=[" "])
    assert "reasons" in refusal.value.errors


def test_what_waits_is_changed_after_withdrawing_only(listing: Listing, moderator: User) -> None:
    stale = proposed(listing)
    with pytest.raises(Conflict) as refusal:
        listing_update(listing=listing, data={"title": "Another still"})
    assert refusal.value.code == "in_review"
    listing_update(listing=listing, data={"title": "A better essay", "price_amount": 900})

    revision_withdraw(listing=listing, by=listing.seller.user)
    assert written(listing, title="Another still").fields == {"title": "Another still"}
    with pytest.raises(Conflict) as refusal:
        revision_apply(revision=stale, moderator=moderator)
    assert refusal.value.code == "version_changed"


def test_text_and_prompt_are_submitted_together_and_judged_apart(listing: Listing, moderator: User) -> None:
    listing_update(listing=listing, data={"prompt": "Now about {{topic}}.", "title": "Another"})
    listing_submit(listing=listing, by=listing.seller.user)

    revision = revisions_waiting().get()
    assert revision_position(listing) == 2
    revision_apply(revision=revision, moderator=moderator)
    listing.refresh_from_db()
    assert (listing.title, listing.published_version.number) == ("Another", 1)


def test_the_text_alone_is_proposed_while_the_prompt_is_unfinished(listing: Listing) -> None:
    listing_update(listing=listing, data={"prompt": "", "title": "Another"})
    with pytest.raises(InvalidInput):
        listing_submit(listing=listing, by=listing.seller.user)

    assert revision_propose(listing=listing, by=listing.seller.user).status == RevisionStatus.WAITING


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"description": "Use sk-proj-abcdefghijklmnopqrstuvwxyz123456"}, "description"),
    ],
)
def test_what_a_draft_may_not_be_submitted_with_is_refused(
    listing: Listing, change: dict[str, Any], field: str
) -> None:
    written(listing, **change)
    for submit in (revision_propose, listing_submit):
        with pytest.raises(InvalidInput) as refusal:
            submit(listing=listing, by=listing.seller.user)
        assert list(refusal.value.errors) == [field]


def test_withdrawing_a_listing_takes_its_text_back_as_well(listing: Listing) -> None:
    proposed(listing)
    listing_withdraw(listing=listing, by=listing.seller.user)

    assert list(listing.revisions.values_list("status", flat=True)) == ["draft", "withdrawn"]


def test_a_draft_is_thrown_away_and_what_waits_is_not(listing: Listing) -> None:
    proposed(listing)
    revision_discard(listing=listing, by=listing.seller.user)
    assert listing.revisions.get().status == RevisionStatus.WAITING

    revision_withdraw(listing=listing, by=listing.seller.user)
    revision_discard(listing=listing, by=listing.seller.user)
    assert not listing.revisions.filter(status=RevisionStatus.DRAFT).exists()


def test_strangers_and_the_seller_decide_nothing(listing: Listing) -> None:
    revision, bob = proposed(listing), UserFactory.create()
    for act in (revision_withdraw, revision_discard, revision_propose):
        with pytest.raises(NotFound):
            act(listing=listing, by=bob)
    for person in (bob, listing.seller.user):
        with pytest.raises(NotFound):
            revision_apply(revision=revision, moderator=person)
    listing.seller.user.is_staff = True
    with pytest.raises(Conflict) as refusal:
        revision_apply(revision=revision, moderator=listing.seller.user)
    assert refusal.value.code == "own_listing"


def test_nothing_is_decided_on_a_removed_listing(listing: Listing, moderator: User) -> None:
    revision = proposed(listing)
    listing_remove(listing=listing, by=listing.seller.user)

    assert not revisions_waiting().exists()
    with pytest.raises(Conflict) as refusal:
        revision_apply(revision=revision, moderator=moderator)
    assert refusal.value.code == "removed"


def test_the_comparison_stays_true_after_it_is_applied(listing: Listing, moderator: User) -> None:
    revision = revision_apply(revision=proposed(listing, title="Owls", tags=["owls"]), moderator=moderator)

    changes = revision_changes(revision, public_facts(Listing.objects.get()))
    assert [(change.before, change.after) for change in changes] == [
        ("A short essay", "Owls"),
        ("essays", "owls"),
    ]


def test_a_listing_can_be_looked_at_as_it_would_be(listing: Listing) -> None:
    shown = listing_as_proposed(listing, {"title": "Owls", "description": "*new*", "tags": ["owls"]})

    assert (shown.title, [tag.slug for tag in shown.tags.all()]) == ("Owls", ["owls"])
    assert "<em>new</em>" in shown.description_html
    assert (listing.title, [tag.slug for tag in listing.tags.all()]) == ("A short essay", ["essays"])


@pytest.mark.parametrize(
    "change", [{"fields": {}}, {"before": {"title": "x"}}, {"status": "draft"}, {"submitted_at": None}]
)
def test_the_database_refuses_to_change_what_was_proposed(listing: Listing, change: dict[str, Any]) -> None:
    revision = proposed(listing)
    with pytest.raises(DatabaseError), transaction.atomic():
        ListingRevision.objects.filter(pk=revision.pk).update(**change)
    with pytest.raises(DatabaseError, match="was proposed"), transaction.atomic():
        revision.delete()


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(listing: Listing, moderator: User) -> None:
    revision, other = proposed(listing), UserFactory.create(staff=True)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def decide(act: Any, **arguments: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(act(revision=revision, **arguments).status)
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(revision_apply,), kwargs={"moderator": moderator}),
        threading.Thread(
            target=decide, args=(revision_reject,), kwargs={"moderator": other, "reasons": ["No."]}
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "already_decided" in outcomes
    assert len(set(outcomes)) == 2
    assert AuditEntry.objects.filter(action__startswith="revision.").count() == 1
