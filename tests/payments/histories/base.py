"""What every rule works with: the world of this history, and a way to be counted and watched."""

import functools
import hashlib
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Rule, RuleBasedStateMachine, RuleStrategy
from hypothesis.stateful import rule as hypothesis_rule

from common.errors import DomainError
from tests.payments.histories.outside import Refused
from tests.payments.histories.watch import watch
from tests.payments.histories.world import World

# Numbers wrap round (see world.pick), so a rule needs nothing of the state to be drawn.
NUMBERS = st.integers(0, 63)


class AnyRule(RuleStrategy):
    """Hypothesis leaves rules out of each history, often most of them. Money needs them together."""

    def _rule_is_enabled(self, rule: Rule) -> bool:
        return self.is_valid(rule)


class Rules(RuleBasedStateMachine):
    """What stands above `world` is set by the worker that runs the histories."""

    make_world: Callable[[], World]
    on_end: Callable[[int], None]
    steps: Counter[str] = Counter()
    first_failure = ""  # what Hypothesis tells after trying it again may be another one
    trace = hashlib.sha256()  # of what happened: the same for the same seed

    world: World

    def __init__(self) -> None:
        super().__init__()
        self._rules_strategy = AnyRule(self)
        self.length = 0
        self.has_failed = False

    def happened(self, *what: object) -> None:
        self.trace.update(repr(what).encode())


def rule(**arguments: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A step. What services and Stripe refuse is an answer like any other; each step is watched."""

    def decorate(step: Callable[..., None]) -> Any:
        @functools.wraps(step)
        def watched(self: Rules, **given: Any) -> None:
            self.steps[step.__name__] += 1
            self.length += 1
            self.has_failed = True
            answer = ""
            try:
                step(self, **given)
            except DomainError as error:
                answer = error.code
            except Refused:
                answer = "by Stripe"
            if answer:
                self.steps[f"{step.__name__}: {answer}"] += 1
            watch(self.world)
            self.happened(step.__name__, given, answer, self.world.model.told)
            self.has_failed = False

        return hypothesis_rule(**arguments)(kept(watched))

    return decorate


def kept(method: Callable[..., None]) -> Any:
    """`method`, what it raises first kept as it was met."""

    @functools.wraps(method)
    def keeping(self: Rules, **given: Any) -> None:
        try:
            method(self, **given)
        except Exception as error:
            if not Rules.first_failure:
                Rules.first_failure = "".join(traceback.format_exception(error))
            raise

    return keeping
