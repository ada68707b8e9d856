"""Every test here begins with a Stripe that knows nothing, as its database does."""

from collections.abc import Iterator

import pytest

from payments.services.reconciliation import totals
from tests.payments.support import sandbox


@pytest.fixture(autouse=True)
def _new_stripe(stripe_sandbox: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sandbox("reset")
    sandbox("clock", {"offset_seconds": 0})
    monkeypatch.setattr(totals, "PAUSE_SECONDS", 0.0)
    yield
    sandbox("deliveries", {"mode": "normal"})
    sandbox("clock", {"offset_seconds": 0})
