"""Check 18: random histories of money end with balanced books, page = API = file = Stripe to the cent.

In a process of its own: the histories decide themselves which tasks run, so no worker may be near.
"""

import subprocess
import sys

import pytest

from tests.support.environment import CHECKOUT

STEPS = 2000


@pytest.mark.timeout(600)
def test_check_18_random_histories_end_with_balanced_books():
    command = [
        sys.executable,
        "-m",
        "tests.payments.histories",
        "--steps",
        str(STEPS),
        "--seed",
        "0",
        "--no-shrink",
    ]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
