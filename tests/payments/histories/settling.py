"""Everything comes to rest: Stripe answers, events arrive, tasks and sweepers run until nothing changes."""

import random
from collections.abc import Collection
from contextlib import suppress

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from common.models import OutboxMessage
from payments.alarms import TOPIC
from payments.ledger import Line, journal_book
from payments.models import (
    Account,
    Delivery,
    DisputeEvidence,
    Finding,
    JournalKind,
    Payment,
    Payout,
    PayoutReversal,
    PayoutReversalStatus,
    PayoutStatus,
    Refund,
    RefundStatus,
    StripeEvent,
)
from payments.services import evidence, invariants
from payments.services.reconciliation.run import reconciliation_run
from tests.payments.histories.outside import Json, Refused
from tests.payments.histories.watch import watch
from tests.payments.histories.world import World

SWEEPERS = (
    "payments.stripe_events_sweep",
    "payments.deliveries_sweep",
    "payments.orders_sweep",
    "payments.refund_claims_sweep",
    "payments.refunds_sweep",
    "payments.processing_fees_sweep",
    "payments.earnings_release",
    "payments.disputes_sweep",
    "payments.evidence_sweep",
    "payments.payouts_sweep",
    "payments.payout_reversals_sweep",
    "payments.payouts_weekly",
    "payments.accounts_sweep",
    "common.outbox_sweep",
    "payments.days_roll",
)
ROUNDS = 8
# What people are told while a bank has decided and not moved the money.
HELD_TOO_LONG = "closed_disputes_hold_nothing"
# What people are told while payouts wait for funds that Stripe does not have.
NO_FUNDS = ("work_gets_done", "work:payouts")
# What people are told where a purchase made twice could not be given back.
NOT_TAKEN_BACK = "paid_items_can_be_read"
# In every so many histories a mismatch is planted at last.
PLANTED_IN = 5
# So many events are handled once more at the end.
REPEATED = 12
# So long after an unknown answer of Stripe's a payout goes on to its next key.
SETTLED_AFTER_SECONDS = 25 * 3600
# What grows when something happens.
TABLES = (
    "payments_order",
    "payments_payment",
    "payments_refund",
    "payments_dispute",
    "payments_disputemovement",
    "payments_payout",
    "payments_payoutreversal",
    "payments_entitlement",
    "payments_journal",
    "payments_ledgerentry",
    "common_outboxmessage",
)


def settle(world: World, chance: random.Random) -> None:
    """Let nothing wait any longer, and recover what was lost; `chance` chooses the order of what is left."""
    world.outside.faults_clear()
    is_late = chance.random() < 0.3
    if not is_late:
        banks_finish(world)
    _rest(world, chance, unless=("payouts", "reversals"))
    world.clock_forward(SETTLED_AFTER_SECONDS)
    reconcile(world)
    _rest(world, chance)
    if open_findings():
        reconcile(world)
    for name in invariants.INVARIANTS:
        invariants.invariant_check(name=name, since=None)
    expected = {(HELD_TOO_LONG, None)} if is_late else set()
    if Payout.objects.filter(status=PayoutStatus.REQUESTED).exists():
        expected.add(NO_FUNDS)
    expected |= {(NOT_TAKEN_BACK, f"item:{item}") for item in world.model.bought_twice}
    found = [each for each in open_findings() if not {each[:2], (each[0], None)} & expected]
    assert not found, found


def banks_finish(world: World) -> None:
    """Disputes that were decided get or give back their money."""
    for dispute in world.outside.everything("disputes"):
        step = {"won": "reinstate", "lost": "withdraw"}.get(dispute["status"])
        if step:
            with suppress(Refused):
                world.outside.press(f"disputes/{dispute['id']}/{step}")


def reconcile(world: World) -> None:
    run = reconciliation_run()
    watch(world)
    assert run
    assert not run.error, run.error


def open_findings() -> list[tuple[str, str, str]]:
    return list(Finding.objects.filter(resolved_at=None).values_list("kind", "subject", "detail"))


def _rest(world: World, chance: random.Random, unless: Collection[str] = ()) -> None:
    """Until nothing waits any more, `unless` it may."""
    for _ in range(ROUNDS):
        steps = [_events_arrive, _run_all]
        chance.shuffle(steps)
        for step in steps:
            step(world, chance)
            watch(world)
        left = {name: rows for name, rows in waiting().items() if rows and name not in unless}
        if not left and not world.hints_fetch() and not events_missing(world):
            return
    raise AssertionError(f"The history does not come to rest: {left}")


def _events_arrive(world: World, chance: random.Random) -> None:
    missing = events_missing(world)
    chance.shuffle(missing)
    for event in missing:
        world.event_arrive(event, handle=True)


def events_missing(world: World) -> list[Json]:
    """Those that Stripe made and that have not arrived here, and are not lost for good."""
    return [event for event in world.events_fetch() if event["id"] not in world.arrived]


def _run_all(world: World, chance: random.Random) -> None:
    world.leases_run_out()
    hints = list(world.hints_fetch())
    world.hints.clear()
    chance.shuffle(hints)
    for hint in hints:
        world.task_run(hint.name, *hint.args)
    sweepers = list(SWEEPERS)
    chance.shuffle(sweepers)
    for name in sweepers:
        world.task_run(name)


def waiting() -> dict[str, list[str]]:
    """What of each kind is not done yet, and what it met last. Payouts may wait for funds."""
    payouts = Payout.objects.filter(status=PayoutStatus.REQUESTED)
    rows = {
        "payouts": payouts.exclude(last_error__contains="insufficient"),
        "reversals": PayoutReversal.objects.filter(status=PayoutReversalStatus.REQUESTED),
        "evidence": DisputeEvidence.objects.filter(evidence.WAITING),
        "events": StripeEvent.objects.filter(handled_at=None),
        "refunds": Refund.objects.filter(status=RefundStatus.REQUESTED),
        "deliveries": Delivery.objects.filter(Q(receipt_sent_at=None) | Q(sellers_notified_at=None)),
    }
    found = {name: list(waits.values_list("last_error", flat=True)) for name, waits in rows.items()}
    fees = Payment.objects.filter(processing_fee_amount=None)
    return found | {"fees": list(fees.values_list("stripe_payment_intent_id", flat=True))}


def counts() -> dict[str, int]:
    """Rows of each table where anything that happens leaves one."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES))
        return dict(cursor.fetchall())


def everything_again(world: World, chance: random.Random) -> None:
    """Events, tasks, sweepers and reconciliation once more: nothing may come of it."""
    before, found = counts(), open_findings()
    stored = set(StripeEvent.objects.values_list("stripe_event_id", flat=True))
    arrived = [event for event in world.events if event["id"] in stored]
    for event in chance.sample(arrived, min(len(arrived), REPEATED)):
        again = StripeEvent.objects.filter(stripe_event_id=event["id"])
        again.update(handled_at=None, next_attempt_at=timezone.now())
        world.event_arrive(event, handle=True)
    _run_all(world, chance)
    watch(world)
    reconcile(world)
    world.hints_fetch()
    after = counts()
    grown = {table: (before[table], after[table]) for table in before if after[table] != before[table]}
    assert not grown, f"Something came of doing it all again: {grown}"
    assert {each[:2] for each in open_findings()} == {each[:2] for each in found}


def mismatch_is_told(world: World, chance: random.Random) -> None:
    """Books and Stripe made to differ by hand, either way: reconciliation finds it and tells people."""
    amount = chance.choice([-1, 1]) * chance.randint(1, 500)
    if chance.random() < 0.5:
        world.outside.press("platform/adjustment", {"amount": amount})
    else:
        lines = [Line(Account.STRIPE_CLEARING, amount), Line(Account.PLATFORM_REVENUE, -amount)]
        journal_book(kind=JournalKind.SALE, cause="planted", lines=lines, currency="usd")
    world.clock_forward(SETTLED_AFTER_SECONDS)
    reconcile(world)
    assert Finding.objects.filter(resolved_at=None, alarmed_at__isnull=False).exists()
    assert OutboxMessage.objects.filter(topic=TOPIC, subject__startswith="finding:").exists()
