"""Time, the network and our own processes: nothing of this is anybody's wish."""

from hypothesis import strategies as st

from tests.payments.histories.base import NUMBERS, Rules, rule
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
# Twice or more, for our gateway asks a second time by itself.
TIMES = st.integers(1, 4)


class MishapRules(Rules):
    @rule(seconds=st.sampled_from([MINUTE, 20 * MINUTE, 2 * HOUR, DAY, 2 * DAY, 8 * DAY]))
    def time_passed(self, seconds: int) -> None:
        self.world.clock_forward(seconds)

    @rule(
        request=PATHS,
        kind=st.sampled_from(["reset", "error"]),
        status=st.sampled_from([500, 409, 429]),
        when=st.sampled_from(["before", "during", "after"]),
        times=TIMES,
    )
    def stripe_failed(self, request: tuple[str, str], kind: str, status: int, when: str, times: int) -> None:
        """The next calls of this kind fail: before, in the middle of, or after their effect."""
        method, path = request
        fault = {"method": method, "path": path, "kind": kind, "status": status, "when": when, "times": times}
        self.world.outside.press("faults", fault)

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
