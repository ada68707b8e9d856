"""The catalogue of mutants fits the code as it is, and docs/money.md tells of each."""

import re

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import misfit
from tests.mutants.table import BEGIN, END, PAGE
from tests.mutants.workshop import CHECKOUT, located

ROW = re.compile(
    r"^\| [\d, ]+ \| (?P<protection>[^|]+) \| `(?P<test>\w+)` \| (?:red|green: .+) \|$", re.MULTILINE
)


def table() -> list[tuple[str, str]]:
    """Protections and tests, as the page has them."""
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return [(row["protection"], row["test"]) for row in ROW.finditer(text)]


def test_what_a_mutant_takes_out_stands_in_the_code_once():
    assert [f"{mutant.protection}: {text}" for mutant in MUTANTS if (text := misfit(mutant, CHECKOUT))] == []


def test_the_tests_that_must_notice_are_there():
    assert all(located(mutant.tests) for mutant in MUTANTS)
    assert [test for _, test in table() if not located([test])] == []


def test_each_protection_is_named_once_and_has_its_row():
    named = sorted(mutant.protection for mutant in MUTANTS)
    assert len(named) == len(set(named))
    assert sorted(protection for protection, _ in table()) == named, "make mutants ARGS=--write"
