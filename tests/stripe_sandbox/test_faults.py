"""Every kind of failure at requests that move money: what is left behind, and what a retry gets."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from .process import SandboxProcess
from .shop import Shop
from .test_connect import earn, open_account


@dataclass
class Work:
    """A request with a key, where it goes, and how often it took effect."""

    path: str
    send: Callable[[str], Any]
    effects: Callable[[], int]

    def sent(self, key: str) -> Any:
        """Send it; an error is the answer."""
        try:
            return self.send(key)
        except stripe.StripeError as error:
            return error


def opening(shop: Shop, sandbox: SandboxProcess) -> Work:
    sessions = shop.client.v1.checkout.sessions
    return Work(
        "/v1/checkout/sessions",
        lambda key: shop.open_session(key=key),
        lambda: len(sessions.list().data),
    )


def refunding(shop: Shop, sandbox: SandboxProcess) -> Work:
    charge = earn(shop, sandbox, 5000)
    refunds = shop.client.v1.refunds
    return Work(
        "/v1/refunds",
        lambda key: refunds.create({"charge": charge, "amount": 100}, {"idempotency_key": key}),
        lambda: len(refunds.list().data),
    )


def transferring(shop: Shop, sandbox: SandboxProcess) -> Work:
    earn(shop, sandbox, 5000)
    account = open_account(shop).id
    sandbox.control(f"accounts/{account}/onboard")
    transfers = shop.client.v1.transfers
    params: Any = {"amount": 100, "currency": "usd", "destination": account, "transfer_group": "payout-1"}
    return Work(
        "/v1/transfers",
        lambda key: transfers.create(params, {"idempotency_key": key}),
        lambda: len(transfers.list({"transfer_group": "payout-1"}).data),
    )


def contesting(shop: Shop, sandbox: SandboxProcess) -> Work:
    charge = earn(shop, sandbox, 5000)
    dispute = sandbox.control(f"charges/{charge}/dispute")["id"]
    disputes = shop.client.v1.disputes
    params: Any = {"evidence": {"customer_name": "Ada"}}
    return Work(
        f"/v1/disputes/{dispute}",
        lambda key: disputes.update(dispute, params, {"idempotency_key": key}),
        lambda: disputes.retrieve(dispute).evidence_details.submission_count,
    )


@pytest.fixture(params=[opening, refunding, transferring, contesting])
def work(request: pytest.FixtureRequest, own_shop: Shop, own_sandbox: SandboxProcess) -> Work:
    """One of the requests, ready to be sent."""
    make: Callable[[Shop, SandboxProcess], Work] = request.param
    return make(own_shop, own_sandbox)


def order(sandbox: SandboxProcess, work: Work, **fault: Any) -> None:
    """Let the next such request fail."""
    sandbox.control("faults", {"method": "POST", "path": work.path, "seconds": 0, **fault})


@pytest.mark.parametrize("kind", ["timeout", "reset"])
@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("during", 0), ("after", 1)])
def test_a_lost_connection_leaves_what_was_done_and_the_key_finds_it(
    own_sandbox: SandboxProcess, work: Work, key: str, kind: str, when: str, effects: int
) -> None:
    order(own_sandbox, work, kind=kind, when=when)

    lost = work.sent(key)

    assert isinstance(lost, stripe.APIConnectionError)
    assert work.effects() == effects
    assert work.send(key).id
    assert work.effects() == 1


@pytest.mark.parametrize(("when", "effects"), [("during", 0), ("after", 1)])
def test_a_500_is_replayed_whether_the_work_was_done_or_not(
    own_sandbox: SandboxProcess, work: Work, key: str, when: str, effects: int
) -> None:
    order(own_sandbox, work, status=500, when=when)

    answers = [work.sent(key) for _ in range(3)]

    assert [answer.http_status for answer in answers] == [500] * 3
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert work.effects() == effects


@pytest.mark.parametrize(
    ("status", "when"), [(500, "before"), (429, "before"), (429, "during"), (409, "before"), (409, "during")]
)
def test_what_is_refused_before_the_work_begins_is_not_kept(
    own_sandbox: SandboxProcess, work: Work, key: str, status: int, when: str
) -> None:
    order(own_sandbox, work, status=status, when=when)

    refused = work.sent(key)

    assert refused.http_status == status
    assert work.effects() == 0
    assert work.send(key).id
    assert work.effects() == 1


def test_a_second_request_with_the_key_of_one_in_flight_answers_409(
    own_sandbox: SandboxProcess, work: Work, key: str
) -> None:
    order(own_sandbox, work, kind="delay", when="during", seconds=1)
    slow = threading.Thread(target=work.sent, args=(key,))
    slow.start()
    time.sleep(0.4)

    refused = work.sent(key)

    slow.join()
    assert refused.http_status == 409
    assert work.effects() == 1


def test_failures_by_chance_are_the_same_for_the_same_seed(
    own_shop: Shop, own_sandbox: SandboxProcess
) -> None:
    def round_of(seed: int) -> list[bool]:
        own_sandbox.request("DELETE", "faults")
        own_sandbox.control("faults", {"path": "/v1/balance", "probability": 0.3, "seed": seed})
        return [_fails(own_shop) for _ in range(60)]

    first, again, other = round_of(7), round_of(7), round_of(8)

    assert first == again != other
    assert 5 < sum(first) < 35


def _fails(shop: Shop) -> bool:
    try:
        shop.client.v1.balance.retrieve()
    except stripe.APIError:
        return True
    return False


def test_failures_by_chance_may_be_limited_in_number(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("faults", {"path": "/v1/balance", "probability": 0.5, "seed": 1, "times": 2})

    assert sum(_fails(own_shop) for _ in range(40)) == 2
