"""Fixtures: a sandbox for the whole session, one of its own for a test, the SDK's client, a webhook
receiver.

Every test ends with a check of what the sandboxes recorded meanwhile: each request, answer and event must
be what the installed SDK's contract says, and a request the contract refuses must have been refused.
"""

import uuid
from collections.abc import Iterator

import pytest
import stripe

from tests.stripe_contract.recording import check_recording, report

from .disputing import charged, disputed
from .process import SandboxProcess
from .receiver import Receiver
from .shop import Shop, client_for


@pytest.fixture(scope="session")
def session_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One process for all tests that need no clock and no faults of their own."""
    folder = tmp_path_factory.mktemp("sandbox")
    process = SandboxProcess(folder / "stripe.sqlite3", folder / "record.jsonl").start()
    yield process
    process.stop()


@pytest.fixture
def sandbox(session_sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    """The session's sandbox, its record checked after the test."""
    record = session_sandbox.record_path
    assert record is not None
    start = record.stat().st_size if record.exists() else 0
    yield session_sandbox
    problems = check_recording(record, refusals_allowed=True, start=start)
    assert not problems, report(problems)


@pytest.fixture(scope="session")
def second_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Another process, for tests that change its time or break it."""
    folder = tmp_path_factory.mktemp("second")
    process = SandboxProcess(folder / "stripe.sqlite3", folder / "record.jsonl")
    yield process
    process.stop()


@pytest.fixture
def own_sandbox(second_sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    """An empty sandbox that a test may move in time, break, stop and kill; checked after the test."""
    if not second_sandbox.runs:
        second_sandbox.start()
    second_sandbox.control("reset", {"endpoints": True})
    second_sandbox.control("deliveries", {"mode": "normal", "order": "fifo", "delay_ms": 0})
    record = second_sandbox.record_path
    assert record is not None
    start = record.stat().st_size if record.exists() else 0
    yield second_sandbox
    second_sandbox.port = 0
    problems = check_recording(record, refusals_allowed=True, start=start)
    assert not problems, report(problems)


@pytest.fixture
def client(sandbox: SandboxProcess) -> stripe.StripeClient:
    """The SDK's client on the session's sandbox."""
    return client_for(sandbox.url)


@pytest.fixture
def shop(client: stripe.StripeClient) -> Shop:
    """A shop on the session's sandbox."""
    return Shop(client)


@pytest.fixture
def own_shop(own_sandbox: SandboxProcess) -> Shop:
    """A shop on the test's own sandbox."""
    return Shop(client_for(own_sandbox.url))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook endpoint, not yet registered."""
    started = Receiver().start()
    yield started
    started.stop()


@pytest.fixture
def key() -> str:
    """An idempotency key that nobody used."""
    return uuid.uuid4().hex


@pytest.fixture
def charge(shop: Shop, sandbox: SandboxProcess) -> str:
    """A paid charge of $20."""
    return charged(shop, sandbox)


@pytest.fixture
def dispute(shop: Shop, sandbox: SandboxProcess, charge: str) -> stripe.Dispute:
    """An open dispute over $20."""
    return disputed(shop, sandbox, charge, reason="product_not_received")


@pytest.fixture
def inquiry(shop: Shop, sandbox: SandboxProcess, charge: str) -> stripe.Dispute:
    """An open inquiry about $20."""
    return disputed(shop, sandbox, charge, inquiry=True)
