"""What beat asks of the faces."""

import datetime

import pytest

from common import clock
from marketplace.models import IdempotencyRecord
from marketplace.tasks import idempotency_records_sweep
from tests.factories import UserFactory


@pytest.mark.django_db
def test_answers_are_kept_for_a_day():
    user = UserFactory()
    for key, hours in (("young", 23), ("old", 25)):
        created_at = clock.now() - datetime.timedelta(hours=hours)
        IdempotencyRecord.objects.create(user=user, key=key, request_hash="x", created_at=created_at)
    idempotency_records_sweep()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]
