"""Kills the stack's parts at random and brings them back. Lives in the main thread (see parts.Part)."""

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.parts import Death, Part

GAP = (2.5, 7.0)  # seconds from one kill to the next
ABSENCE = (0.5, 6.0)  # seconds that a part is left dead
RESTART_PAUSE = 1.0  # after which a supervisor starts again what has ended by itself
# With more of them gone the site is merely off, for as long as a slow machine takes to start it.
MOST_ABSENT = 2
NOBODY_ABSENT_FOR = 180.0


@dataclass
class Absence:
    """From a part's death until it was of use again; times since the epoch."""

    name: str
    part: Part
    died_at: float
    returns_at: float
    is_started: bool = False
    ready_at: float | None = None


@dataclass
class Murderer:
    """Every way to die comes once in each round, the rounds' order being the seed's."""

    deaths: Sequence[Death]
    parts: Mapping[str, Part]
    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    falls: Counter[str] = field(default_factory=Counter)
    """Parts that ended by themselves, because of another's death: started again, as everywhere."""
    absences: list[Absence] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.round: list[Death] = []
        self.next_at = time.time() + self.rng.uniform(*GAP)

    def look(self) -> None:
        """Bring back whose time has come, note who is of use again, and strike when it is time."""
        self.bring_back()
        if time.time() < self.next_at or len(self.absent_parts) >= MOST_ABSENT:
            return
        self.next_at = time.time() + self.rng.uniform(*GAP)
        death = self._next_death()
        if death.part in self.absent_parts:
            return  # dead already: this one is let off
        died_at = time.time()
        death.kill()
        self.kills[death.name] += 1
        returns_at = time.time() + self.rng.uniform(*ABSENCE)
        self.absences.append(Absence(death.name, death.part, died_at, returns_at))

    def let_all_return(self) -> None:
        """The end of the killing."""
        deadline = time.time() + NOBODY_ABSENT_FOR
        for absence in self._open():
            absence.returns_at = time.time()
        while self._open():
            if time.time() > deadline:
                raise RuntimeError(f"{', '.join(self.absent)} did not come back.")
            self.bring_back()
            time.sleep(0.1)

    def bring_back(self) -> None:
        """What any supervisor does: start again what is gone."""
        self._see_to_the_absent()
        self._see_to_the_fallen()

    @property
    def absent_parts(self) -> list[Part]:
        return [absence.part for absence in self._open()]

    @property
    def absent(self) -> list[str]:
        return [absence.name for absence in self._open()]

    def was_anything_down(self, moment: float) -> bool:
        return any(
            absence.died_at <= moment <= (absence.ready_at or time.time()) for absence in self.absences
        )

    @property
    def seconds_down(self) -> float:
        """For how long at least one part was dead or on its way back."""
        total, end = 0.0, 0.0
        for absence in sorted(self.absences, key=lambda each: each.died_at):
            ready_at = absence.ready_at or time.time()
            total += max(0.0, ready_at - max(absence.died_at, end))
            end = max(end, ready_at)
        return total

    def _next_death(self) -> Death:
        if not self.round:
            self.round = self.rng.sample(list(self.deaths), len(self.deaths))
        return self.round.pop()

    def _see_to_the_absent(self) -> None:
        for absence in self._open():
            if not absence.is_started and time.time() >= absence.returns_at:
                absence.part.start()
                absence.is_started = True
            if absence.is_started and absence.part.has_ended():
                absence.is_started, absence.returns_at = False, time.time() + RESTART_PAUSE
            if absence.is_started and absence.part.is_ready():
                absence.ready_at = time.time()

    def _see_to_the_fallen(self) -> None:
        for name, part in self.parts.items():
            if part not in self.absent_parts and part.has_ended():
                self.falls[name] += 1
                self.absences.append(Absence(name, part, time.time(), time.time() + RESTART_PAUSE))

    def _open(self) -> list[Absence]:
        return [absence for absence in self.absences if absence.ready_at is None]
