"""Time, the network and our own processes: nothing of this is anybody's wish."""

from hypothesis import strategies as st

from tests.payments.histories.base import NUMBERS, Rules, rule
from tests.payments.histories.settling import SWEEPERS
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

    @rule(backwards=st.booleans())
    def events_arrived(self, backwards: bool) -> None:
        """All that are missing, in their order or in the reverse."""
        missing = [event for event in self.world.events_fetch() if event["id"] not in self.world.arrived]
        for event in reversed(missing) if backwards else missing:
            self.world.event_arrive(event, handle=True)

    @rule()
    def events_were_lost(self) -> None:
        """What has not arrived by now never will: our side was down for too long."""
        self.world.arrived |= {event["id"] for event in self.world.events_fetch()}

    @rule(hint=NUMBERS, times=st.integers(1, 2))
    def task_ran(self, hint: int, times: int) -> None:
        """One that was enqueued, in any order, once or twice."""
        if hints := self.world.hints_fetch():
            chosen = pick(hints, hint)
            hints.remove(chosen)
            for _ in range(times):
                self.world.task_run(chosen.name, *chosen.args)

    @rule()
    def tasks_ran(self) -> None:
        for hint in self.world.hints_fetch():
            self.world.task_run(hint.name, *hint.args)
        self.world.hints.clear()

    @rule()
    def tasks_were_lost(self) -> None:
        """Redis was emptied."""
        self.world.hints_fetch()
        self.world.hints.clear()

    @rule(sweeper=st.sampled_from([*SWEEPERS, *CHECKS]), later=st.booleans())
    def sweeper_ran(self, sweeper: str, later: bool) -> None:
        """At once, or when every row that waits for another try is due."""
        if later:
            self.world.leases_run_out()
        self.world.task_run(sweeper)
