"""`python -m tests.listings.fuzz --templates 100000`: the properties of the template language, at length."""

import argparse
import multiprocessing
import os
import random
import sys
import time
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# The language is pure: nothing is asked of these, and none need be there.
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
django.setup()

from tests.listings.templating_properties import known_holds, wild_holds  # noqa: E402

CHUNK = 1_000


@dataclass
class Found:
    templates: int
    slowest_seconds: float
    failures: list[tuple[int, str]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.listings.fuzz", description=__doc__)
    parser.add_argument("--templates", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="the first of as many seeds")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    given = parser.parse_args()
    began = time.monotonic()
    starts = range(given.seed, given.seed + given.templates, CHUNK)
    spans = [(start, min(start + CHUNK, given.seed + given.templates)) for start in starts]
    with multiprocessing.Pool(given.workers) as pool:
        parts = pool.map(fuzz, spans)
    failures = [failure for part in parts for failure in part.failures]
    sys.stdout.write(
        f"{sum(part.templates for part in parts):,} templates, {len(failures)} failures, "
        f"slowest {max(part.slowest_seconds for part in parts) * 1000:.0f} ms, "
        f"{time.monotonic() - began:.0f} s\n"
    )
    for seed, failure in failures[:10]:
        sys.stdout.write(f"--seed {seed} --templates 1: {failure}\n")
    return 1 if failures else 0


def fuzz(span: tuple[int, int]) -> Found:
    """Seeds from the first to before the second: even ones are of known outcome, odd ones wild."""
    found = Found(0, 0.0, [])
    for seed in range(*span):
        began = time.perf_counter()
        try:
            (wild_holds if seed % 2 else known_holds)(random.Random(seed))
        except Exception as error:
            found.failures.append((seed, f"{type(error).__name__}: {error}"[:500]))
        found.templates += 1
        found.slowest_seconds = max(found.slowest_seconds, time.perf_counter() - began)
    return found


if __name__ == "__main__":
    sys.exit(main())
