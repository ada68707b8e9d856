"""What the twenty checks share. Processes that are to be killed have queues and mailboxes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app

from tests.payments.support import sandbox
from tests.support import queues
from tests.support.crew import Crew
from tests.support.environment import Slot
from tests.support.victim import Victim


@pytest.fixture
def no_webhooks(stripe_sandbox: str) -> Iterator[None]:
    """Stripe sends nothing, so that nobody but the test brings news."""
    sandbox("deliveries", {"mode": "drop"})
    yield
    sandbox("deliveries", {"mode": "normal"})


@pytest.fixture
def alone(no_webhooks: None, slot: Slot, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody but the test acts: Stripe sends nothing, and hints go to queues that no worker reads."""
    prefix = f"unread-{slot.number}-"
    monkeypatch.setitem(current_app.conf.broker_transport_options, "global_keyprefix", prefix)
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    yield
    queues.forget(prefix)


@pytest.fixture
def crew(slot: Slot, process_environment: dict[str, str], tmp_path: Path, alone: None) -> Iterator[Crew]:
    crew = Crew(slot, process_environment, tmp_path)
    yield crew
    crew.stop()


@pytest.fixture(scope="session")
def victim_mailbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("victim") / "mailbox"


@pytest.fixture(scope="session")
def _victim_process(
    slot: Slot, process_environment: dict[str, str], victim_mailbox: Path
) -> Iterator[Victim]:
    prefix = f"victim-{slot.number}-"
    environ = process_environment | {"CELERY_PREFIX": prefix, "MAILBOX_DIR": str(victim_mailbox)}
    victim = Victim(environ)
    yield victim
    victim.stop()
    queues.forget(prefix)


@pytest.fixture
def victim(_victim_process: Victim, alone: None) -> Victim:
    """Runs tasks, and dies at the step it is told. Its hints reach nobody."""
    return _victim_process
