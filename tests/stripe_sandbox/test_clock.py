"""The sandbox's own time."""

import time

from .process import SandboxProcess
from .receiver import Receiver
from .shop import Shop

DAY = 24 * 3600


def test_moving_the_clock_expires_sessions_and_tells_so(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver
) -> None:
    endpoints = own_shop.client.v1.webhook_endpoints
    endpoints.create({"url": receiver.url, "enabled_events": ["checkout.session.expired"]})
    session = own_shop.open_session()

    answer = own_sandbox.control("clock", {"advance": DAY + 1})
    own_sandbox.settle_deliveries()

    assert answer["happened"]["expired"] == 1
    assert own_shop.session(session.id).status == "expired"
    assert receiver.only("checkout.session.expired").event["data"]["object"]["url"] is None


def test_an_expired_session_cannot_be_paid(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    session = own_shop.open_session(expires_at=int(time.time()) + 1800)

    own_sandbox.control("clock", {"advance": 1801})

    assert own_sandbox.request("POST", f"checkout/{session.id}/pay", {})[0] == 409


def test_bank_debits_settle_or_fail_by_the_clock(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    good, bad = own_shop.open_session(5000), own_shop.open_session(5000)
    own_sandbox.pay(good.id, bank_account="000123456789")
    own_sandbox.pay(bad.id, bank_account="000111111116")

    answer = own_sandbox.control("clock", {"advance": 4 * DAY})

    assert answer["happened"]["settled"] == 2
    assert own_shop.session(good.id).payment_status == "paid"
    assert own_shop.session(bad.id).payment_status == "unpaid"


def test_the_past_can_be_seeded(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("clock", {"offset_seconds": -30 * DAY})
    session = own_shop.open_session(999)
    own_sandbox.pay(session.id)
    charge = own_shop.charge_of(session.id)

    own_sandbox.control("clock", {"offset_seconds": 0})

    assert abs(charge.created - (time.time() - 30 * DAY)) < 10
    assert own_shop.client.v1.balance.retrieve().available[0].amount == 999 - 59


def test_the_offset_outlives_a_restart(own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("clock", {"offset_seconds": 1234})

    own_sandbox.stop()
    own_sandbox.start()

    assert own_sandbox.request("GET", "clock")[1]["offset_seconds"] == 1234


def test_a_clock_that_stands_goes_on_only_when_told(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("clock", {"offset_seconds": 10})
    own_sandbox.control("clock", {"stands_at": 1_800_000_000})
    session = own_shop.open_session(999)
    time.sleep(1.1)
    own_sandbox.pay(session.id)
    now = own_sandbox.request("GET", "clock")[1]["now"]
    assert {session.created, own_shop.charge_of(session.id).created, now} == {1_800_000_010}

    own_sandbox.control("reset")

    assert abs(own_sandbox.request("GET", "clock")[1]["now"] - time.time()) < 10


def test_a_reset_forgets_all_but_the_endpoints(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver
) -> None:
    own_shop.client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    own_sandbox.pay(own_shop.open_session().id)
    own_sandbox.control("clock", {"advance": 60})

    own_sandbox.control("reset")

    assert own_shop.events() == []
    assert len(own_shop.client.v1.webhook_endpoints.list().data) == 1
    assert own_sandbox.request("GET", "clock")[1]["offset_seconds"] == 0
