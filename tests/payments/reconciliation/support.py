"""Steps that the reconciliation tests share."""

import datetime
from typing import Any

from common import clock
from payments.models import Finding, ReconciliationRun
from payments.services.reconciliation import reconciliation_run


def reconcile(*, minutes_later: int = 10, **kwargs: Any) -> ReconciliationRun:
    """A run some minutes from now, when nothing of what was just done is on its way any more."""
    now = clock.now() + datetime.timedelta(minutes=minutes_later)
    run = reconciliation_run(now=now, **kwargs)
    assert run is not None
    assert run.error == ""
    return run


def found() -> list[tuple[str, str]]:
    """Open findings of reconciliation, as kind and subject."""
    rows = Finding.objects.filter(source="reconciliation", resolved_at=None)
    return sorted(rows.values_list("kind", "subject"))


def move_clocks(sandbox: Any, **ahead: float) -> None:
    """Both clocks, as the demo moves them."""
    offset = datetime.timedelta(**ahead)
    sandbox("clock", {"offset_seconds": int(offset.total_seconds())})
    clock.clock_move(offset=offset)
