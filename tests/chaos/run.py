"""One run: the stack starts, people buy, parts are killed, all comes to rest, both sides are asked."""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import requests

from tests.chaos import facts, report
from tests.chaos.buyers import Crowd
from tests.chaos.murderer import Murderer
from tests.chaos.plan import plan, seed_sizes
from tests.chaos.stack import Stack
from tests.chaos.verdict import Verdict, judge

LOOK_EVERY = 0.1
SAY_EVERY = 10.0
PATIENCE_AFTERWARDS = 120.0  # seconds that buyers go on trying once the killing is over
SETTLE_SECONDS = 180.0
LOOK_AGAIN_EVERY = 3.0
SECOND_LOOK_AFTER = 20.0  # more than a round of every sweeper: it must find nothing to do twice
# After our own verdict, for one of them also mends what it finds.
OWN_CHECKS = ("check_books", "reconcile")


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for. `kill` is a part of the names of those that may be killed."""

    purchases: int
    seconds: float
    seed: int
    kill: str


class Run:
    """Everything in the main thread, but for the buyers."""

    def __init__(self, stack: Stack, wanted: Wanted) -> None:
        self.stack = stack
        self.wanted = wanted
        self._began = self._said_at = time.monotonic()

    def live_through(self) -> tuple[dict[str, Any], Verdict]:
        """The figures, and what is wrong."""
        self._prepare()
        self._kill()
        self._pass_time(lambda: self.crowd.is_gone)
        gone_at = time.monotonic()
        self._settle()
        settling = time.monotonic() - gone_at
        second_look_at = time.monotonic() + SECOND_LOOK_AFTER
        self._pass_time(lambda: time.monotonic() > second_look_at)
        return self._judged(settling)

    def _prepare(self) -> None:
        wanted = self.wanted
        say(f"{wanted.purchases} purchases in {wanted.seconds:.0f} s, seed {wanted.seed}. The stack starts …")
        self.stack.start(seed_sizes(wanted.purchases))
        people = json.loads(self.stack.people_file.read_text())
        purchases = plan(people, purchases=wanted.purchases, seconds=wanted.seconds, seed=wanted.seed)
        patience = wanted.seconds + PATIENCE_AFTERWARDS
        self.crowd = Crowd(self.stack.url, self.stack.stripe_url, purchases, patience)
        self.crowd.log_in()

    def _kill(self) -> None:
        deaths = [death for death in self.stack.deaths if self.wanted.kill in death.name]
        self.murderer = Murderer(deaths, self.stack.parts, self.wanted.seed)
        self._began = time.monotonic()
        self.crowd.start()
        while time.monotonic() < self._began + self.wanted.seconds:
            self.murderer.look()
            self._say_how_it_goes()
            time.sleep(LOOK_EVERY)
        self.murderer.let_all_return()
        say("The killing is over.")

    def _pass_time(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            self.murderer.bring_back()
            self._say_how_it_goes()
            time.sleep(LOOK_EVERY)

    def _settle(self) -> None:
        """Until nothing waits and nothing is wrong, or the time is over."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            try:
                stripe, ours = self._both_sides()
            except (OSError, requests.RequestException, psycopg.Error) as error:
                say(f"Settling: {type(error).__name__} at a question.")
            else:
                verdict, waiting = judge(stripe, ours, self.crowd.stories), ours.waiting.total()
                if verdict.is_clean and not waiting:
                    return
                wrong = sum(len(each) for each in dataclasses.astuple(verdict))
                say(f"Settling: {waiting} rows wait, {wrong} things are not yet as they must be.")
            look_at = time.monotonic() + LOOK_AGAIN_EVERY
            self._pass_time(lambda at=look_at: time.monotonic() > at)

    def _both_sides(self) -> tuple[facts.StripeFacts, facts.OurFacts]:
        ours = facts.ask_ourselves(self.stack.database_url, self.stack.url, self.stack.mailbox)
        return facts.ask_stripe(self.stack.stripe_url), ours

    def _judged(self, settling: float) -> tuple[dict[str, Any], Verdict]:
        stripe, ours = self._both_sides()
        verdict = judge(stripe, ours, self.crowd.stories)
        verdict.off.extend(filter(None, map(self.stack.own_check, OWN_CHECKS)))
        if missing := sum(not story.paid_at for story in self.crowd.stories):
            verdict.lost.append(f"{missing} purchases that were wanted could not be made")
        verdict.lost.extend(f"{n} rows of {kind} still wait" for kind, n in ours.waiting.items() if n)
        figures = {
            **dataclasses.asdict(self.wanted),
            "figures": report.figures(stripe, ours, self.crowd.stories),
            "seconds_to": report.delivery_times(ours, self.crowd.stories, self.murderer.was_anything_down),
            "kills": dict(self.murderer.kills.most_common()),
            "falls": dict(self.murderer.falls.most_common()),
            "errors": self.crowd.errors.counts,
            "alarms": ours.alarms,
            "troubles": report.troubles(self.crowd.stories),
            "seconds_down": self.murderer.seconds_down,
            "seconds_to_settle": settling,
            "durability": facts.durability(self.stack.database_url),
        }
        return figures, verdict

    def _say_how_it_goes(self) -> None:
        if time.monotonic() < self._said_at + SAY_EVERY:
            return
        self._said_at = time.monotonic()
        down = ", ".join(self.murderer.absent) or "nothing"
        kills, since = self.murderer.kills.total(), time.monotonic() - self._began
        say(f"{since:5.0f} s  {self.crowd.line}, {kills:>3} kills; down: {down}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
