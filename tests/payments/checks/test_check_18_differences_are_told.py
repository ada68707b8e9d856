"""Check 18: a planted mismatch raises the alarm, once, whoever meets it."""

import pytest

from common import clock
from common.models import OutboxMessage
from payments.models import Entitlement, Finding
from payments.services.invariants import invariants_check
from tests.payments.support import paid_order
from tests.support.races import at_once


@pytest.mark.django_db(transaction=True)
def test_check_18_five_that_meet_a_difference_at_once_tell_of_it_once(alone):
    order = paid_order(999)
    Entitlement.objects.filter(item__order=order).update(revoked_at=clock.now())
    met = at_once(5, lambda _: len(invariants_check(since=None)))
    assert met == [1] * 5
    assert Finding.objects.get().alarmed_at
    assert OutboxMessage.objects.filter(topic="payments_alarm").count() == 1
