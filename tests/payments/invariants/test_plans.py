"""The quarter-hourly checks do not read from end to end what grows with every sale."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from payments.services.invariants import INVARIANTS
from payments.services.invariants.registry import Scope

pytestmark = pytest.mark.django_db

GROWING = {
    *(
        "payments_order",
        "payments_orderitem",
        "payments_payment",
        "payments_entitlement",
        "payments_delivery",
    ),
    *(
        "payments_journal",
        "payments_ledgerentry",
        "payments_refund",
        "payments_refunditem",
        "payments_payout",
    ),
}
STATEMENTS = [name for name, rule in INVARIANTS.items() if not rule.only_nightly and name != "work_gets_done"]


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_was_touched_lately_is_found_by_indexes(name):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        INVARIANTS[name].find(Scope(since=clock.now() - datetime.timedelta(days=2)))
    [statement] = [query["sql"] for query in captured if "AS broken" in query["sql"]]
    with connection.cursor() as cursor:
        # The tables are small here, so whoever still reads one from end to end has no index to use.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert not GROWING.intersection(re.findall(r"Seq Scan on (\w+)", plan)), plan
