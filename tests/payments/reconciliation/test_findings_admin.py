"""Staff see findings, have them checked again, and book what is the platform's own."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from common.models import OutboxMessage
from payments.alarms import TOPIC
from payments.models import Finding, Order, ReconciliationRun
from payments.services.invariants import invariants_check
from tests.factories import UserFactory
from tests.payments.disputing import bought
from tests.payments.reconciliation.support import found, reconcile
from tests.payments.support import balances, sandbox

pytestmark = pytest.mark.django_db

URL = "/admin/payments/finding/"


@pytest.fixture
def boss_user() -> User:
    return UserFactory.create(staff=True, is_superuser=True)


@pytest.fixture
def boss(client: Any, boss_user: User) -> Any:
    client.force_login(boss_user)
    return client


@pytest.fixture
def client_of_staff() -> Client:
    """Somebody who may enter the admin, and no more."""
    client = Client()
    client.force_login(UserFactory.create(staff=True))
    return client


def act(browser: Any, action: str, row: Any, url: str = URL) -> str:
    data = {"action": action, "_selected_action": [row.pk]}
    return browser.post(url, data, follow=True).content.decode()


def test_the_address_in_the_mail_shows_the_open_findings_of_that_kind(boss):
    bought()
    sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    Finding.objects.create(source="invariant", kind="journals_balance", subject="journal:1", detail="Other.")
    page = boss.get(URL, {"resolved_at__isempty": "1", "kind": "transaction_unexplained"})
    assert page.status_code == 200
    assert page.context["cl"].result_count == 1


def test_an_unexplained_movement_is_booked_as_the_platforms_own_on_record(boss):
    bought()
    before = balances()["processing_fees"]
    movement = sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    assert "booked" in act(boss, "book_as_the_platforms_own", Finding.objects.get())
    assert balances()["processing_fees"] == before + 5
    reconcile()
    assert found() == []
    entry = AuditEntry.objects.get(action="finding.booked_as_own")
    assert entry.detail == {"transaction": movement["id"], "amount": -5}


def test_it_is_booked_once_and_nothing_else_can_be(boss):
    order = bought()
    sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    finding = Finding.objects.get()
    act(boss, "book_as_the_platforms_own", finding)
    assert "Only an unexplained movement" in act(boss, "book_as_the_platforms_own", finding)
    Order.objects.filter(pk=order.pk).update(delivered_at=None)
    invariants_check(since=None)
    other = Finding.objects.get(kind="paid_orders_are_delivered")
    assert "Only an unexplained movement" in act(boss, "book_as_the_platforms_own", other)


def test_a_rule_is_held_again_at_once(boss):
    order = bought()
    Order.objects.filter(pk=order.pk).update(delivered_at=None)
    invariants_check(since=None)
    finding = Finding.objects.get()
    assert "0 are closed" in act(boss, "check_again_now", finding)
    Order.objects.filter(pk=order.pk).update(delivered_at=order.paid_at)
    assert "1 are closed" in act(boss, "check_again_now", finding)


def close(browser: Any, finding: Finding, note: str = "A gift of Stripe's.") -> str:
    url = reverse("admin:payments_finding_close", args=[finding.pk])
    assert "stays closed while" in browser.get(url).content.decode()
    return browser.post(url, {"note": note}, follow=True).content.decode()


def test_one_that_staff_closed_stays_closed_while_it_is_met_as_it_was(boss, boss_user):
    bought()
    sandbox("platform/adjustment", {"amount": -5})
    assert reconcile().findings_count == 1
    assert "The finding is closed." in close(boss, Finding.objects.get())
    told = OutboxMessage.objects.filter(topic=TOPIC).count()
    assert reconcile().findings_count == 0
    finding = Finding.objects.get()
    assert (finding.closed_by, finding.closed_note) == (boss_user, "A gift of Stripe's.")
    assert (finding.times_seen, finding.resolved_at) == (2, None)
    assert OutboxMessage.objects.filter(topic=TOPIC).count() == told
    entry = AuditEntry.objects.get(action="finding.closed")
    assert (entry.actor, entry.detail["note"], entry.detail["subject"]) == (
        boss_user,
        "A gift of Stripe's.",
        finding.subject,
    )


def test_one_that_staff_closed_opens_again_and_is_told_again_once_its_facts_are_others(boss):
    bought()
    sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    close(boss, Finding.objects.get())
    told = OutboxMessage.objects.filter(topic=TOPIC).count()
    Finding.objects.update(expected_amount=-4)
    assert reconcile().findings_count == 1
    assert Finding.objects.get().is_open
    assert OutboxMessage.objects.filter(topic=TOPIC).count() == told + 1


def test_a_difference_that_is_gone_and_comes_back_is_new_though_it_was_closed(boss):
    order = bought()
    Order.objects.filter(pk=order.pk).update(delivered_at=None)
    invariants_check(since=None)
    close(boss, Finding.objects.get())
    Order.objects.filter(pk=order.pk).update(delivered_at=order.paid_at)
    invariants_check(since=None)
    Order.objects.filter(pk=order.pk).update(delivered_at=None)
    invariants_check(since=None)
    assert [finding.is_open for finding in Finding.objects.order_by("pk")] == [False, True]


def test_a_slip_is_undone_and_a_closed_one_is_not_closed_again(boss):
    bought()
    sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    close(boss, Finding.objects.get())
    assert "not open any more" in close(boss, Finding.objects.get(), "Again.")
    assert "open again" in act(boss, "open_again", Finding.objects.get())
    assert Finding.objects.get().is_open
    assert "is not closed" in act(boss, "open_again", Finding.objects.get())


def test_closing_needs_a_note_and_the_permission(boss, client_of_staff):
    bought()
    sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    assert "This field is required" in close(boss, Finding.objects.get(), "")
    url = reverse("admin:payments_finding_close", args=[Finding.objects.get().pk])
    assert client_of_staff.post(url, {"note": "Mine."}).status_code == 403
    assert Finding.objects.get().is_open


@pytest.mark.parametrize("path", ["finding", "reconciliationrun", "stripecursor"])
def test_they_are_read_only(boss, path):
    bought()
    sandbox("platform/adjustment", {"amount": -5})
    reconcile()
    model = {"finding": Finding, "reconciliationrun": ReconciliationRun}.get(path)
    assert boss.get(f"/admin/payments/{path}/").status_code == 200
    assert boss.get(f"/admin/payments/{path}/add/").status_code == 403
    if model:
        url = reverse(f"admin:payments_{path}_change", args=[model.objects.first().pk])
        assert boss.get(url).status_code == 200
        assert boss.post(url, {}).status_code == 403
