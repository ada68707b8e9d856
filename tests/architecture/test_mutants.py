"""The catalogue of mutants fits the code as it is."""

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import misfit
from tests.mutants.workshop import CHECKOUT, located


def test_what_a_mutant_takes_out_stands_in_the_code_once():
    assert [f"{mutant.protection}: {text}" for mutant in MUTANTS if (text := misfit(mutant, CHECKOUT))] == []


def test_the_tests_that_must_notice_are_there():
    assert all(located(mutant.tests) for mutant in MUTANTS)


def test_each_protection_is_named_once():
    named = [mutant.protection for mutant in MUTANTS]
    assert len(named) == len(set(named))
