"""All mutants, by area."""

from tests.mutants.catalogue import (
    access,
    api,
    books,
    disputes,
    events,
    locks,
    payouts,
    purchases,
    reconciliation,
    refunds,
    sweepers,
)

AREAS = (events, locks, purchases, refunds, disputes, payouts, reconciliation, books, sweepers, api, access)
MUTANTS = [mutant for area in AREAS for mutant in area.MUTANTS]

__all__ = ["MUTANTS"]
