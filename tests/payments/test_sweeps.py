"""What fails unforeseen keeps nothing else waiting: the next sweep would begin with it again."""

import datetime

import pytest

from common import clock
from payments import ledger, tasks
from payments.models import DisputeEvidence, OrderItem
from payments.services import evidence
from tests.payments.disputing import bought, disputed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]


def failing_at(pk: int, act):
    def fail_or_act(row, *args):
        return 1 / (row.pk - pk) and act(row, *args)

    return fail_or_act


def test_one_item_that_cannot_be_released_keeps_no_other_from_it(monkeypatch):
    first, second = bought().items.get(), bought().items.get()
    OrderItem.objects.update(paid_at=clock.now() - datetime.timedelta(days=8))
    monkeypatch.setattr(ledger, "earnings_release_book", failing_at(first.pk, ledger.earnings_release_book))
    tasks.earnings_release()
    released = OrderItem.objects.filter(earnings_released_at__isnull=False)
    assert [item.pk for item in released] == [second.pk]


def test_one_dispute_that_cannot_be_drafted_keeps_no_other_from_being_answered(monkeypatch):
    first, second = disputed(bought()), disputed(bought())
    DisputeEvidence.objects.all().delete()
    monkeypatch.setattr(evidence, "evidence_texts", failing_at(first.pk, evidence.evidence_texts))
    tasks.disputes_sweep()
    assert [each.dispute_id for each in DisputeEvidence.objects.all()] == [second.pk]
