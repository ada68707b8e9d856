"""The automated checks: what they find, what they do about it, and that they may run twice, late or never."""

import datetime

import pytest

from accounts.models import AuditEntry, SellerProfile, User
from common import clock
from listings.models import (
    CheckState,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    ReviewCheck,
    Takedown,
    TrustRule,
)
from listings.services.checks import check_run, checks_sweep
from listings.services.review import listing_decide, listing_withdraw
from tests.factories import ListingFactory, SellerProfileFactory, TargetModelFactory, UserFactory
from tests.listings.reviewing import FULL, checked, new_version, submitted

pytestmark = pytest.mark.django_db

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice", name="Alice's essays")


@pytest.fixture
def bob() -> SellerProfile:
    return SellerProfileFactory.create(handle="bob", name="Bob")


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(staff=True)


def rules_of(check: ReviewCheck) -> set[str]:
    return {finding["rule"] for finding in check.findings}


def test_a_submission_is_queued_for_checks_and_passes_them(alice):
    listing = submitted(alice)
    assert ReviewCheck.objects.get().state == CheckState.QUEUED

    check = checked(listing)

    assert (check.state, check.findings, check.score) == (CheckState.PASSED, [], 100)
    assert not ModerationDecision.objects.exists()


def test_what_is_found_is_stored_by_rule_and_place_and_never_in_words(alice):
    email = "jane.roe@realmail.test"
    check = checked(submitted(alice, prompt=FULL["prompt"] + f"\nSend it to {email}."))

    assert check.state == CheckState.FLAGGED
    found = next(found for found in check.findings if found["rule"] == "safety.personal-data")
    assert (found["field"], found["line"]) == ("prompt", 2)
    assert email not in str(ReviewCheck.objects.values().get())
    assert email not in str(list(AuditEntry.objects.values()))


def test_a_hard_fault_returns_the_submission_at_once_with_the_reason(alice):
    """A listing that was sealed before the rule was known, say."""
    listing = ListingFactory(
        seller=alice, status=ListingStatus.IN_REVIEW, text=f"Use {KEY} to write about {{{{topic}}}}."
    )
    checks_sweep()

    listing.refresh_from_db()
    decision = ModerationDecision.objects.get()
    assert listing.status == ListingStatus.REJECTED
    assert decision.moderator is None
    assert decision.remarks[0]["field"] == "prompt"
    assert "password, key or token" in decision.reasons[0]
    assert KEY not in str(decision.reasons)
    entry = AuditEntry.objects.get(action="listing.reject")
    assert (entry.actor, entry.detail["via"]) == (None, "checks")
    assert (entry.detail["before"], entry.detail["after"]) == ("in_review", "rejected")


def test_of_two_equal_texts_submitted_together_only_the_later_goes_back(alice, bob):
    first = ListingFactory(seller=alice, status=ListingStatus.IN_REVIEW, text="About {{topic}}.")
    later = ListingFactory(seller=bob, status=ListingStatus.IN_REVIEW, text="About {{topic}}.")
    checks_sweep()

    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.status, later.status) == (ListingStatus.IN_REVIEW, ListingStatus.REJECTED)


def test_a_near_copy_is_kept_with_its_share_and_who_was_first(alice, bob):
    submitted(alice)
    check = checked(submitted(bob, prompt=FULL["prompt"] + " Never mention the weather."))

    [copy] = check.near_copies
    assert copy["version"] == PromptVersion.objects.get(listing__seller=alice).pk
    assert copy["percent"] > 80
    assert copy["is_earlier"]
    assert "check.near-copy" in rules_of(check)


@pytest.mark.parametrize(
    ("name", "is_another"),
    [
        ("A1ice's Essays", True),
        ("Alíce s essays", True),
        ("Carol's essays", False),
        ("Alice's essays 2", False),
    ],
)
def test_a_storefront_that_reads_like_an_older_one_is_marked(alice, name, is_another):
    check = checked(submitted(SellerProfileFactory(name=name, handle="someone-new")))
    assert ("check.impersonation" in rules_of(check)) == is_another


def test_the_older_of_two_like_names_is_not_marked(alice):
    SellerProfileFactory(name="A1ice's essays")
    assert "check.impersonation" not in rules_of(checked(submitted(alice)))


def test_a_claim_to_be_official_is_marked_where_it_stands(alice):
    TargetModelFactory(slug="claude", name="Claude", provider="Anthropic")
    check = checked(submitted(alice, title="The official Anthropic essay prompt"))
    found = next(found for found in check.findings if found["rule"] == "check.impersonation")
    assert found["field"] == "title"


def test_running_twice_changes_nothing(alice):
    check = checked(submitted(alice))
    finished_at = check.finished_at
    assert check_run(version_id=check.pk) is False
    check.refresh_from_db()
    assert check.finished_at == finished_at
    assert AuditEntry.objects.filter(action="check.finished").count() == 1


def test_a_task_that_comes_after_the_withdrawal_finds_nothing_to_do(alice):
    listing = submitted(alice)
    listing_withdraw(listing=listing, by=alice.user)
    check = checked(listing)
    assert check.state == CheckState.STALE


def test_a_check_that_still_waits_after_the_withdrawal_decides_nothing(alice):
    listing = submitted(alice)
    listing_withdraw(listing=listing, by=alice.user)
    ReviewCheck.objects.update(state=CheckState.QUEUED, finished_at=None)
    check = checked(listing)
    assert (check.state, check.score) == (CheckState.STALE, None)
    assert not ModerationDecision.objects.exists()


def test_a_task_that_comes_after_the_decision_finds_nothing_to_do(alice, moderator):
    listing = submitted(alice)
    listing_decide(listing=listing, moderator=moderator, decision="publish")
    assert checked(listing).state == CheckState.STALE
    assert ModerationDecision.objects.get().moderator == moderator


def test_the_sweeper_runs_what_was_lost_and_makes_rows_that_are_missing(alice, bob):
    lost = submitted(alice)
    ListingFactory(seller=bob, status=ListingStatus.IN_REVIEW, text="Another text about {{topic}}.")
    checks_sweep()

    assert set(ReviewCheck.objects.values_list("state", flat=True)) == {"passed", "flagged"}
    assert ReviewCheck.objects.get(version__listing=lost).state == CheckState.PASSED


# --- The rule of trust ---------------------------------------------------------------------------


@pytest.fixture
def rule() -> TrustRule:
    return TrustRule.objects.create(pk=1, is_on=True, min_published=1, sample_percent=0)


@pytest.fixture
def on_sale(alice, moderator):
    return listing_decide(listing=submitted(alice), moderator=moderator, decision="publish")


def test_a_trusted_sellers_new_version_is_on_sale_after_the_checks(rule, on_sale):
    listing = new_version(on_sale)
    check = checked(listing)

    listing.refresh_from_db()
    assert check.state == CheckState.PUBLISHED
    assert listing.published_version.number == 2
    entry = AuditEntry.objects.filter(action="listing.publish").latest("pk")
    assert (entry.actor, entry.detail["via"], entry.detail["why"]) == (None, "trust", "by_figures")


def test_a_new_listing_is_read_unless_the_rule_covers_it(rule, on_sale, alice):
    first = submitted(alice, prompt=FULL["prompt"] + " Use rhyme and count the syllables of each line twice.")
    assert (checked(first).state, checked(first).why) == (CheckState.PASSED, "new_listing")
    rule.covers_new_listings = True
    rule.save()
    second = submitted(
        alice, prompt="Write a haiku about {{topic}} for people who dislike haiku, then explain it."
    )
    ReviewCheck.objects.filter(version__listing=second).update(findings=[])
    assert checked(second).state in (CheckState.PUBLISHED, CheckState.FLAGGED)


def test_nothing_found_may_be_grave(rule, on_sale):
    check = checked(new_version(on_sale, prompt=FULL["prompt"] + " Mail {{year}} to joe@realmail.test."))
    assert (check.state, check.why) == (CheckState.FLAGGED, "findings")


def test_a_sample_is_read_all_the_same(rule, on_sale):
    rule.sample_percent = 100
    rule.save()
    assert checked(new_version(on_sale)).why == "sampled"


def test_without_the_rule_nobody_is_trusted(on_sale, alice):
    alice.is_trusted = True
    alice.save()
    assert checked(new_version(on_sale)).why == "rule_off"


def test_few_published_listings_are_not_enough(rule, on_sale):
    rule.min_published = 2
    rule.save()
    assert checked(new_version(on_sale)).why == "few_published"


def test_many_returns_end_the_trust(rule, on_sale, moderator):
    for number in range(2):
        listing = new_version(
            on_sale, changelog=f"Try {number}.", prompt=FULL["prompt"] + f" {{{{year}}}} {number}."
        )
        listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["No."])
    assert checked(new_version(on_sale)).why == "many_returned"


@pytest.mark.parametrize(
    ("state", "days", "why"), [("upheld", 10, "recent_takedown"), ("upheld", 200, "by_figures")]
)
def test_a_takedown_ends_the_trust_for_a_while(rule, on_sale, alice, moderator, state, days, why):
    other = ListingFactory(seller=alice, status=ListingStatus.REMOVED)
    Takedown.objects.create(
        listing=other,
        kind="other",
        words="No.",
        moderator=moderator,
        status_before="published",
        state=state,
        decided_at=clock.now() - datetime.timedelta(days=days),
    )
    assert checked(new_version(on_sale)).why == why
