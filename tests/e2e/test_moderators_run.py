"""A moderator works through twenty submissions by the keyboard; each step is timed, each trace is looked at.

Run with `-s` for the figures; those in docs/moderation.md are from here.
"""

import time
from dataclasses import dataclass
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from accounts.models import AuditEntry, User
from listings.models import ListingStatus, ModerationDecision, ReviewCheck
from listings.queries.moderation import versions_waiting
from listings.services.checks import checks_sweep
from tests.e2e.moderation_scene import KEY, Planted, leak, queue_set
from tests.factories import PASSWORD, UserFactory
from tests.payments.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Step:
    """One decision: what was seen, what was pressed, and the seconds till the next page stood there."""

    title: str
    seen: list[str]
    keys: str
    seconds: float


def signed_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/library/")


def press(page: Page, keys: str) -> None:
    """Press them and wait for the page that the last one leads to."""
    *before, last = keys.split()
    for key in before:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(last)


def rules_shown(page: Page) -> list[str]:
    return sorted(set(page.locator(".found-list code").all_inner_texts()))


def decide(page: Page) -> Step:
    """As a moderator who goes by what the page says: what is grave goes back with what answers to it."""
    title = page.locator("h1").inner_text()
    seen = rules_shown(page)
    is_grave = page.locator(".found-list .is-error").count() > 0
    keys = "r Control+Enter" if is_grave else "a"
    start = time.perf_counter()
    press(page, keys)
    return Step(title, seen, keys, time.perf_counter() - start)


def test_a_moderators_run_through_twenty_submissions(browser_page: Page, live_site: str) -> None:
    page = browser_page
    mona = UserFactory(staff=True, email="mona@example.test", display_name="Mona")
    planted = queue_set()
    assert len(planted) == 20
    start = time.perf_counter()
    leaked = leak()
    checks_sweep()
    assert until(lambda: not ReviewCheck.objects.filter(state="queued").exists(), 60)
    checked_in = time.perf_counter() - start
    leaked.refresh_from_db()
    assert leaked.status == ListingStatus.REJECTED

    signed_in(page, mona)
    page.goto("/moderation/")
    start = time.perf_counter()
    press(page, "j")
    opened = time.perf_counter() - start
    steps = [decide(page) for _ in planted]
    expect(page.locator("body")).to_contain_text("Nothing waits for a decision.")
    assert not versions_waiting().exists()

    _print_figures(steps, checked_in, opened)
    for one in planted:
        _look_at_trace(one, mona)
    assert KEY not in str(list(AuditEntry.objects.values()))


def _look_at_trace(one: Planted, mona: User) -> None:
    """What the decision left: one entry with who, from where to where, and why."""
    one.listing.refresh_from_db()
    decision = ModerationDecision.objects.get(version__listing=one.listing)
    verb = "publish" if one.verdict == "publish" else "reject"
    assert decision.decision == verb, one.listing.title
    [entry] = AuditEntry.objects.filter(
        subject_type="listing", subject_id=str(one.listing.pk), action=f"listing.{verb}"
    )
    after = "published" if verb == "publish" else "rejected"
    assert (entry.actor, entry.detail["via"]) == (mona, "queue")
    assert (entry.detail["before"], entry.detail["after"]) == ("in_review", after)
    if verb == "reject":
        assert one.verdict in [remark["reason"] for remark in decision.remarks]
        assert entry.detail["reasons"] == decision.reasons
    read = AuditEntry.objects.filter(
        action="version.source_read", subject_id=str(decision.version_id), detail__via="queue"
    )
    assert read.filter(actor=mona).exists()


def _print_figures(steps: list[Step], checked_in: float, opened: float) -> None:
    print(f"\nchecks of what was left: {checked_in:.1f} s; first page {opened:.2f} s")
    print(f"{'submission':<44} {'keys':<16} {'s':>5}  what the page said")
    for step in steps:
        print(
            f"{step.title[:43]:<44} {step.keys:<16} {step.seconds:5.2f}  {', '.join(step.seen) or 'nothing'}"
        )
    seconds = [step.seconds for step in steps]
    total, middle, slowest = sum(seconds), median(seconds), max(seconds)
    print(f"{len(steps)} decisions in {total:.1f} s; median {middle:.2f} s, slowest {slowest:.2f} s")
    actions = AuditEntry.objects.values_list("action", flat=True)
    print({action: list(actions).count(action) for action in sorted(set(actions))})
