"""Staff see findings, have them checked again, and book what is the platform's own."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from payments.models import Finding, Order, ReconciliationRun
from payments.services.invariants import invariants_check
from tests.factories import UserFactory
from tests.payments.disputing import bought
from tests.payments.reconciliation.support import found, reconcile
from tests.payments.support import balances, sandbox

pytestmark = pytest.mark.django_db

URL = "/admin/payments/finding/"


@pytest.fixture
def boss(client: Any) -> Any:
    client.force_login(UserFactory.create(staff=True, is_superuser=True))
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
