"""Fixtures for every suite: the database as the application's role, and real processes around it.

`services`               addresses of PostgreSQL and Redis of this session
`stripe_sandbox`         URL of the session's Stripe double; `stripe_process` steers it
`empty_stripe`           the same, with nothing in it
`celery_worker_process`  a real worker on the test database, both queues
`live_site`              URL of a real web server, with worker, sandbox and registered webhooks
`mcp_site`               URL of the MCP server beside the live site
`browser_page`           a Playwright page on the live site

The last four need rows that other processes see: such tests become `django_db(transaction=True)` by
themselves, and the database is put back as the owner, once the worker is idle.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from common.embedded import Services, ensure_services
from tests.stripe_contract.recording import check_recording, report
from tests.stripe_sandbox.process import SandboxProcess
from tests.support import database, processes, queues
from tests.support.environment import Slot, prepare_environment

OUTSIDE_PROCESSES = {"celery_worker_process", "live_site", "mcp_site", "browser_page"}
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_worker_runs = False
_site_hears = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs real Stripe without a key; give tests with outside processes real commits."""
    kept = []
    for item in items:
        if OUTSIDE_PROCESSES.intersection(getattr(item, "fixturenames", ())):
            _use_transactions(item)
        if item.get_closest_marker("real_stripe") is None or os.environ.get("STRIPE_TEST_KEY"):
            kept.append(item)
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def _use_transactions(item: pytest.Item) -> None:
    marker = item.get_closest_marker("django_db")
    if marker is None:
        item.add_marker(pytest.mark.django_db(transaction=True))
    elif not marker.kwargs.get("transaction"):
        raise pytest.UsageError(
            f"{item.nodeid} uses outside processes: it needs django_db(transaction=True)."
        )


# --- Database ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def slot() -> Slot:
    """This process's numbers: database, Redis database, ports, folder."""
    return prepare_environment()


@pytest.fixture(scope="session")
def services() -> Services:
    return ensure_services()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """No xdist suffix: the slot's number tells the databases apart already."""


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, slot: Slot
) -> Iterator[None]:
    """Make the database as the owner, then let the tests in as the application."""
    with django_db_blocker.unblock():
        database.make_test_database(slot)
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = slot.database_name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: _put_back(slot))
        yield
    with django_db_blocker.unblock():
        connections.close_all()
        database.drop_test_database(slot)


def _put_back(slot: Slot) -> None:
    """Instead of Django's flush, which the application's role may not do."""
    if _worker_runs:
        queues.wait_until_idle()
    database.reset_test_database(slot)


@pytest.fixture(autouse=True)
def _clear_cache() -> Iterator[None]:
    from marketplace.pages.kept import COPIES

    COPIES.clear()
    yield
    queues.clear_cache()


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that asks for no outside process gets no help from those an earlier test left running.

    Stripe's double tells the site nothing, and hints go to queues that no worker reads.
    """
    global _site_hears
    if OUTSIDE_PROCESSES.intersection(request.fixturenames):
        if _worker_runs:
            request.getfixturevalue("stripe_process").control("deliveries", {"mode": "normal"})
        _site_hears = True
        yield
        return
    if not _worker_runs:
        yield
        return
    slot: Slot = request.getfixturevalue("slot")
    stripe: SandboxProcess = request.getfixturevalue("stripe_process")
    stripe.control("deliveries", {"mode": "drop"})
    if _site_hears:
        stripe.control("deliveries/settle", {"timeout": 5})
        _put_back(slot)
        _site_hears = False
    prefix = f"unread-{slot.number}-"
    monkeypatch.setitem(current_app.conf.broker_transport_options, "global_keyprefix", prefix)
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    yield
    queues.forget(prefix)


# --- Processes -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def stripe_process(slot: Slot) -> Iterator[SandboxProcess]:
    """The session's Stripe double. What was said to it and by it must fit Stripe's contract."""
    sandbox = processes.start_sandbox(slot)
    yield sandbox
    sandbox.stop()
    assert sandbox.record_path
    problems = check_recording(sandbox.record_path)
    assert not problems, report(problems)


@pytest.fixture(scope="session")
def stripe_sandbox(stripe_process: SandboxProcess) -> str:
    """Its URL, which settings.STRIPE_API_BASE has named from the start."""
    return stripe_process.url


@pytest.fixture
def empty_stripe(stripe_process: SandboxProcess) -> Iterator[None]:
    """The double with nothing in it: whole balances can be compared, and no test before spent the funds."""
    stripe_process.control("reset")
    if _worker_runs and not _site_hears:
        stripe_process.control("deliveries", {"mode": "drop"})  # a reset lets it speak again
    yield
    stripe_process.control("reset")


@pytest.fixture(scope="session")
def webhook_secrets(slot: Slot, stripe_sandbox: str) -> dict[str, str]:
    """Both endpoints registered in the sandbox; the settings of this process know the secrets too."""
    secrets = processes.register_webhooks(slot)
    for name, value in secrets.items():
        setattr(settings, name, value)
    return secrets


@pytest.fixture(scope="session")
def process_environment(slot: Slot, django_db_setup: None, webhook_secrets: dict[str, str]) -> dict[str, str]:
    """The environment that puts another process of ours on the test database."""
    url = database.with_database(os.environ["DATABASE_URL"], slot.database_name)
    return processes.process_environment(slot, url, **webhook_secrets)


@pytest.fixture(scope="session")
def celery_worker_process(slot: Slot, process_environment: dict[str, str]) -> Iterator[processes.Process]:
    """A real worker for the session."""
    global _worker_runs
    worker = processes.start_worker(slot, process_environment)
    _worker_runs = True
    yield worker
    _worker_runs = False
    worker.stop()


@pytest.fixture(scope="session")
def live_site(
    slot: Slot, process_environment: dict[str, str], celery_worker_process: processes.Process
) -> Iterator[str]:
    """The site as people reach it: web server, worker, sandbox, webhooks. Yields its URL without a slash."""
    web = processes.start_web(slot, process_environment)
    yield slot.site_url
    web.stop()


@pytest.fixture(scope="session")
def mcp_site(slot: Slot, process_environment: dict[str, str], live_site: str) -> Iterator[str]:
    """The MCP server as AI clients reach it, beside the live site."""
    server = processes.start_mcp(slot, process_environment)
    yield slot.mcp_url
    server.stop()


# --- Browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = {"executable_path": path} if (path := processes.chromium()) else {}
    return {**browser_type_launch_args, **found, "args": BROWSER_ARGUMENTS}


@pytest.fixture(scope="session")
def _browser_available(browser_type_launch_args: dict[str, Any], browser_type: Any) -> None:
    """Skip without a Chromium, saying so; fail instead in CI, which has to have one."""
    path = browser_type_launch_args.get("executable_path", browser_type.executable_path)
    if not Path(path).exists():
        reason = "No Chromium: set CHROMIUM_PATH, install chromium, or run `playwright install chromium`."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@pytest.fixture
def browser_page(_browser_available: None, live_site: str, new_context: Any) -> Any:
    """A page in a fresh context on the live site; relative addresses work."""
    page = new_context(base_url=live_site).new_page()
    page.set_default_timeout(15_000)
    return page
