"""Run histories in this process, on a database and a sandbox of its own; one line of JSON per round."""

import argparse
import hashlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from tests.payments.histories import still

still.clock_stop()
django.setup()

import stripe  # noqa: E402
from celery import current_app  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from hypothesis import HealthCheck, Phase  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from hypothesis.stateful import run_state_machine_as_test  # noqa: E402

from tests.payments.histories.base import Rules  # noqa: E402
from tests.payments.histories.machine import Histories  # noqa: E402
from tests.payments.histories.outside import Outside  # noqa: E402
from tests.payments.histories.world import World  # noqa: E402
from tests.stripe_sandbox.process import SandboxProcess  # noqa: E402
from tests.support import database  # noqa: E402
from tests.support.environment import Slot, prepare_environment  # noqa: E402

HISTORIES_PER_ROUND = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.payments.histories.worker", description=__doc__)
    parser.add_argument("--steps", type=int, required=True, help="end after this many")
    parser.add_argument("--length", type=int, default=100, help="steps per history")
    parser.add_argument("--seed", type=int, default=0, help="of the first round; each round takes the next")
    parser.add_argument("--stride", type=int, default=1, help="how far apart this worker's seeds are")
    parser.add_argument("--no-shrink", action="store_true", help="report a failure as it was met")
    parser.add_argument("--keep-going", action="store_true", help="go on with the next seed after a failure")
    parser.add_argument("--histories", type=int, default=HISTORIES_PER_ROUND, help="per round")
    given = parser.parse_args()
    with ready_world():
        seed, steps, failures = given.seed, 0, 0
        while steps < given.steps:
            done = round_run(seed, histories=given.histories, length=given.length, shrink=not given.no_shrink)
            say(done)
            failures += bool(done["failure"])
            if failures and not given.keep_going:
                break
            steps += done["steps"]
            seed += given.stride
    return 1 if failures else 0


def round_run(seed: int, *, histories: int, length: int, shrink: bool) -> dict:
    """Some histories of one seed: the same ones each time."""
    Histories.steps.clear()
    Rules.first_failure, Rules.trace = "", hashlib.sha256()
    Histories._hypothesis_internal_use_seed = seed  # what @hypothesis.seed sets on a test
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    how = hypothesis_settings(
        max_examples=histories,
        stateful_step_count=length,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    began, failure = time.monotonic(), ""
    try:
        run_state_machine_as_test(Histories, settings=how)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        failure = "".join(traceback.format_exception(error))
        if Rules.first_failure and Rules.first_failure not in failure:
            failure += f"\nFirst met as:\n{Rules.first_failure}"
    return {
        "seed": seed,
        "length": length,
        "steps": sum(count for name, count in Histories.steps.items() if ":" not in name),
        "seconds": time.monotonic() - began,
        "rules": dict(Histories.steps),
        "failure": failure,
        "trace": Rules.trace.hexdigest(),
    }


def say(what: dict) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


@contextmanager
def ready_world() -> Iterator[None]:
    """A database and a sandbox for this process, gone afterwards."""
    slot = prepare_environment()
    current_app.loader.import_default_modules()
    logging.disable(logging.CRITICAL)
    setup_test_environment()
    stripe.HTTPClient.INITIAL_DELAY = stripe.HTTPClient.MAX_DELAY = 0  # the pause before its second try
    database.make_test_database(slot)
    connection.close()
    connection.settings_dict["NAME"] = slot.database_name
    sandbox = start_sandbox(slot)
    outside = Outside(sandbox.url, settings.STRIPE_SECRET_KEY)
    Histories.make_world = staticmethod(lambda: World(slot, outside))
    Histories.on_end = staticmethod(lambda steps: say({"history": steps}))
    try:
        yield
    finally:
        sandbox.stop()
        connections.close_all()
        database.drop_test_database(slot)


def start_sandbox(slot: Slot) -> SandboxProcess:
    for old in slot.folder.glob("histories.*"):
        old.unlink()
    return SandboxProcess(slot.folder / "histories.sqlite3", port=slot.stripe_port).start()


if __name__ == "__main__":
    sys.exit(main())
