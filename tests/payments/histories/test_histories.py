"""Check 18: random histories of money end with balanced books, page = API = file = Stripe to the cent.

In processes of their own: the histories decide themselves which tasks run, so no worker may be near.
"""

import json
import subprocess
import sys

import pytest

from tests.support.environment import CHECKOUT

STEPS = 2000


@pytest.mark.timeout(600)
def test_check_18_random_histories_end_with_balanced_books():
    done = run("tests.payments.histories", "--steps", str(STEPS), "--seed", "0", "--no-shrink")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.timeout(300)
def test_the_same_seed_is_the_same_history():
    traces = [trace("--seed", "7"), trace("--seed", "7"), trace("--seed", "8")]
    assert traces[0] == traces[1] != traces[2]


def trace(*seed: str) -> str:
    """A digest of each step of one history, what the model heard after it, and the books at the end."""
    few = ("--steps", "1", "--histories", "2", "--length", "30", "--no-shrink")
    done = run("tests.payments.histories.worker", *few, *seed)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])["trace"]


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
