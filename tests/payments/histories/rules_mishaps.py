"""Time, the network and our own processes: nothing of this is anybody's wish."""

from hypothesis import strategies as st

from payments.models import DisputeEvidence, Payout, PayoutReversal, Refund
from payments.services.evidence import WAITING
from tests.payments.histories.base import NUMBERS, Rules, rule
from tests.payments.histories.rules_buying import has_sales
from tests.payments.histories.settling import SWEEPERS, events_missing
from tests.payments.histories.world import pick

CHECKS = ("payments.reconcile", "payments.invariants_check")
MINUTE, HOUR, DAY = 60, 3600, 86_400
PATHS = st.sampled_from(
    [
        ("POST", "/v1/checkout/sessions"),
        ("GET", "/v1/checkout/sessions/*"),
        ("POST", "/v1/checkout/sessions/*/expire"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/refunds"),
        ("GET", "/v1/payment_intents/*"),
        ("GET", "/v1/disputes*"),
        ("POST", "/v1/disputes/*"),
        ("*", "/v1/accounts*"),
        ("POST", "/v1/transfers*"),
        ("GET", "/v1/transfers*"),
        ("*", "*"),
    ]
)
# How a call fails: what its caller sees, its status, and when.
FAULTS = st.sampled_from(
    [
        ("error", 500, "after"),
        ("reset", 0, "after"),
        ("error", 500, "during"),  # and Stripe repeats the answer for a day
        ("reset", 0, "before"),
        ("error", 500, "before"),
        ("error", 409, "before"),
        ("error", 429, "before"),
    ]
)
# Our gateway asks a second time by itself.
TIMES = st.sampled_from([2, 1, 3, 4])
# What is sent to Stripe by a task of its own: its rows, its sweeper, and the call that matters.
SENDINGS = (
    (Refund.objects.filter(status="requested"), "payments.refunds_sweep", "/v1/refunds"),
    (Payout.objects.filter(status="requested"), "payments.payouts_sweep", "/v1/transfers"),
    (PayoutReversal.objects.filter(status="requested"), "payments.payout_reversals_sweep", "/v1/transfers/*"),
    (DisputeEvidence.objects.filter(WAITING), "payments.evidence_sweep", "/v1/disputes/*"),
)


class MishapRules(Rules):
    @rule(seconds=st.sampled_from([MINUTE, 20 * MINUTE, 2 * HOUR, DAY, 2 * DAY, 8 * DAY]))
    def time_passed(self, seconds: int) -> None:
        self.world.clock_forward(seconds)

    @rule(request=PATHS, fault=FAULTS, times=TIMES)
    def stripe_failed(self, request: tuple[str, str], fault: tuple[str, int, str], times: int) -> None:
        """The next calls of this kind fail: before, in the middle of, or after their effect."""
        self._fault(*request, fault, times)

    @has_sales
    @rule(which=NUMBERS, fault=FAULTS, times=TIMES, again=st.booleans())
    def sending_failed(self, which: int, fault: tuple[str, int, str], times: int, again: bool) -> None:
        """Something waits to be made at Stripe, and just now it fails, perhaps after its effect.

        `again`: it is sent once more before Stripe has told of anything.
        """
        waiting = [(sweeper, path) for rows, sweeper, path in SENDINGS if rows.all().exists()]
        if waiting:
            sweeper, path = pick(waiting, which)
            self._fault("POST", path, fault, times)
            for _ in range(2 if again else 1):
                self.world.leases_run_out()
                self.world.task_run(sweeper)

    def _fault(self, method: str, path: str, fault: tuple[str, int, str], times: int) -> None:
        kind, status, when = fault
        how = {"method": method, "path": path, "kind": kind, "when": when, "times": times}
        self.world.outside.press("faults", how | ({"status": status} if status else {}))

    @rule()
    def stripe_recovered(self) -> None:
        self.world.outside.faults_clear()

    @rule(event=NUMBERS, handled=st.booleans(), times=st.integers(1, 2))
    def event_arrived(self, event: int, handled: bool, times: int) -> None:
        """Any event, the first time or again, whatever came before it at Stripe."""
        if events := self.world.events_fetch():
            for _ in range(times):
                self.world.event_arrive(pick(events, event), handle=handled)

    @rule(how=st.sampled_from(["in order", "backwards", "never"]))
    def events_arrived(self, how: str) -> None:
        """All that are missing. If never, our side was down for too long, and they are not sent again."""
        missing = events_missing(self.world)
        for event in reversed(missing) if how == "backwards" else missing:
            if how == "never":
                self.world.arrived.add(event["id"])
            else:
                self.world.event_arrive(event, handle=True)

    @rule(hint=NUMBERS, times=st.integers(1, 2))
    def task_ran(self, hint: int, times: int) -> None:
        """One that was enqueued, in any order, once or twice."""
        if hints := self.world.hints_fetch():
            chosen = pick(hints, hint)
            hints.remove(chosen)
            for _ in range(times):
                self.world.task_run(chosen.name, *chosen.args)

    @rule(how=st.sampled_from(["run", "lost"]))
    def tasks_ended(self, how: str) -> None:
        """All that wait. If lost, Redis was emptied."""
        for hint in self.world.hints_fetch():
            if how == "run":
                self.world.task_run(hint.name, *hint.args)
        self.world.hints.clear()

    @rule(sweeper=st.sampled_from([*SWEEPERS, *CHECKS]), later=st.booleans())
    def sweeper_ran(self, sweeper: str, later: bool) -> None:
        """At once, or when every row that waits for another try is due."""
        if later:
            self.world.leases_run_out()
        self.world.task_run(sweeper)
