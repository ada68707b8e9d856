"""All mutants, by area."""

from tests.mutants.catalogue import (
    access,
    api,
    bearing,
    books,
    claims,
    disputes,
    events,
    gifts,
    locks,
    own_links,
    payouts,
    purchases,
    reconciliation,
    refunds,
    restoring,
    studio,
    sweepers,
)

AREAS = (
    events,
    locks,
    purchases,
    refunds,
    claims,
    disputes,
    payouts,
    bearing,
    own_links,
    reconciliation,
    restoring,
    books,
    sweepers,
    api,
    access,
    gifts,
    studio,
)
MUTANTS = [mutant for area in AREAS for mutant in area.MUTANTS]

__all__ = ["MUTANTS"]
