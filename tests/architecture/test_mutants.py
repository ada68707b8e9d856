"""The catalogue of mutants fits the code as it is, and what the documents tell of them."""

import re

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import misfit
from tests.mutants.table import BEGIN, END, HEADS
from tests.mutants.workshop import CHECKOUT, located

ROW = re.compile(
    r"^\|(?: [\d, ]+ \|)? (?P<protection>[^|]+) \| `(?P<test>\w+)` \| (?:red|green: .+) \|$", re.MULTILINE
)


def test_what_a_mutant_takes_out_stands_in_the_code_once():
    assert [f"{mutant.protection}: {text}" for mutant in MUTANTS if (text := misfit(mutant, CHECKOUT))] == []


def test_the_tests_that_must_notice_are_there():
    assert all(located(mutant.tests) for mutant in MUTANTS)


def test_each_protection_is_named_once():
    named = [mutant.protection for mutant in MUTANTS]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("page", HEADS, ids=lambda page: page.stem)
def test_the_table_tells_of_protections_and_tests_that_are_there(page):
    table = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = list(ROW.finditer(table))
    assert len(rows) == table.count("\n| ") - 1 > 0
    named = {mutant.protection for mutant in MUTANTS}
    assert [row["protection"] for row in rows if row["protection"] not in named] == []
    assert all(located([row["test"]]) for row in rows)
