"""Fixtures of the money path."""

from collections.abc import Iterator

import pytest

from tests.payments.support import sandbox


@pytest.fixture
def empty_stripe(stripe_sandbox: str) -> Iterator[None]:
    """Stripe with nothing in it, so that whole balances can be compared."""
    sandbox("reset")
    yield
    sandbox("reset")
