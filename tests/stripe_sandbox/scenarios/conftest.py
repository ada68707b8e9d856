"""One set of scenarios, two Stripes: the sandbox always, real test mode when `STRIPE_TEST_KEY` is set."""

import os

import pytest
import stripe

from tests.stripe_sandbox.process import SandboxProcess
from tests.stripe_sandbox.shop import Shop, client_for


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.real_stripe)])
def either_shop(request: pytest.FixtureRequest) -> Shop:
    """A shop on the sandbox, or on Stripe itself."""
    if request.param == "sandbox":
        sandbox: SandboxProcess = request.getfixturevalue("sandbox")
        return Shop(client_for(sandbox.url))
    key = os.environ["STRIPE_TEST_KEY"]
    assert key.startswith(("sk_test_", "rk_test_")), "STRIPE_TEST_KEY must be a test key"
    return Shop(stripe.StripeClient(key))
