"""What an invariant is: a statement that finds the rows which break it, over a part of the books or all."""

import datetime
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from common import clock
from payments.services.findings import Difference

# One check names so many rows at most; more would tell a person no more.
MOST_NAMED = 1000

# Orders that anything has happened to since then: paid, earnings released, refunded, disputed.
_TOUCHED_ORDERS = """
touched_orders AS MATERIALIZED (
    SELECT id FROM payments_order WHERE paid_at >= %(since)s
    UNION SELECT order_id FROM payments_payment WHERE succeeded_at >= %(since)s
    UNION SELECT order_id FROM payments_orderitem WHERE earnings_released_at >= %(since)s
    UNION SELECT p.order_id FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
           WHERE r.created_at >= %(since)s OR r.settled_at >= %(since)s
    UNION SELECT p.order_id FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id
           WHERE d.noticed_at >= %(since)s OR d.closed_at >= %(since)s
    UNION SELECT p.order_id FROM payments_disputemovement m JOIN payments_dispute d ON d.id = m.dispute_id
            JOIN payments_payment p ON p.id = d.payment_id WHERE m.created_at >= %(since)s
)"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows are looked at: all, those touched since a time, or those with these ids."""

    since: datetime.datetime | None = None
    ids: Sequence[str] | None = None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that always holds, the statement that finds what breaks it, and what to do then."""

    name: str
    rule: str
    advice: str
    find: Callable[[Scope], list[Difference]]
    only_nightly: bool = False


INVARIANTS: dict[str, Invariant] = {}


def invariant(
    *, subject: str, key: str, touched: str, advice: str, key_type: str = "bigint", only_nightly: bool = False
) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a function that gives a statement, whose docstring is the rule.

    The statement selects, for each row that breaks it, `key`, what to say, the expected and the found
    amount. `{scope}` stands in its conditions: there comes `touched` (with %(since)s, or `touched_orders`),
    the ids asked for, or nothing. Subjects read `subject:key`.
    """

    def register(function: Callable[[], str]) -> Callable[[], str]:
        statement = inspect.cleandoc(function())

        def find(scope: Scope) -> list[Difference]:
            condition = "TRUE"
            if scope.ids is not None:
                condition = f"{key} = ANY(%(ids)s::{key_type}[])"
            elif scope.since is not None:
                condition = touched
            return _run(function.__name__, subject, statement.format(scope=f"({condition})"), scope)

        INVARIANTS[function.__name__] = Invariant(
            name=function.__name__,
            rule=inspect.getdoc(function) or "",
            advice=advice,
            find=find,
            only_nightly=only_nightly,
        )
        return function

    return register


def _run(name: str, subject: str, statement: str, scope: Scope) -> list[Difference]:
    with_touched = f"WITH {_TOUCHED_ORDERS}" if "touched_orders" in statement else ""
    limited = f"{with_touched} SELECT * FROM ({statement}) AS broken LIMIT {MOST_NAMED}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(limited, {"since": scope.since, "ids": list(scope.ids or ()), "now": clock.now()})
        return [
            Difference(name, f"{subject}:{key}", detail, expected, found)
            for key, detail, expected, found in cursor.fetchall()
        ]
