"""Fixtures: a sandbox for the whole session, one of its own for a test, the SDK's client, a webhook
receiver.

Every test ends with a check of what the sandboxes recorded meanwhile: each request, answer and event must
be what the installed SDK's contract says, and a request the contract refuses must have been refused.
"""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stripe

from tests.stripe_contract.recording import check_recording, report

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


@pytest.fixture
def new_sandbox(tmp_path: Path) -> Iterator[Callable[[], SandboxProcess]]:
    """Make sandboxes on one database of this test's own; a second call is a restart."""
    started: list[SandboxProcess] = []

    def make() -> SandboxProcess:
        process = SandboxProcess(tmp_path / "stripe.sqlite3", tmp_path / "record.jsonl")
        started.append(process)
        return process.start()

    yield make
    for process in started:
        process.stop()
    problems = check_recording(tmp_path / "record.jsonl", refusals_allowed=True)
    assert not problems, report(problems)


@pytest.fixture
def own_sandbox(new_sandbox: Callable[[], SandboxProcess]) -> SandboxProcess:
    """A sandbox of this test's own, for clocks, faults and delivery modes."""
    return new_sandbox()


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
