"""Run random histories of money in several processes, print a table and write JSON to .local/histories/."""

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from tests.support.environment import CHECKOUT

SAY_EVERY_SECONDS = 15


def main() -> int:
    given = arguments()
    began = time.monotonic()
    workers = [Worker(number, given) for number in range(given.workers)]
    while any(worker.runs for worker in workers):
        time.sleep(0.2)
        if time.monotonic() - began > given.say_after:
            given.say_after += SAY_EVERY_SECONDS
            progress(workers, time.monotonic() - began)
    figures = sum_up(workers, time.monotonic() - began)
    figures["about"] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "arguments": vars(given),
    }
    report(figures)
    return 1 if figures["failures"] else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.payments.histories", description=__doc__)
    parser.add_argument("--steps", type=int, default=2000, help="of all processes together")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="the first one; the same seed repeats a run")
    parser.add_argument("--length", type=int, default=100, help="steps per history")
    parser.add_argument("--no-shrink", action="store_true", help="report a failure as it was met")
    parser.add_argument("--keep-going", action="store_true", help="go on with the next seed after a failure")
    parser.set_defaults(say_after=SAY_EVERY_SECONDS)
    return parser.parse_args()


class Worker:
    """One process, and what it has said so far."""

    def __init__(self, number: int, given: argparse.Namespace) -> None:
        self.rounds: list[dict[str, Any]] = []
        self.steps = self.histories = 0
        command = [sys.executable, "-m", "tests.payments.histories.worker"]
        command += ["--steps", str(-(-given.steps // given.workers)), "--length", str(given.length)]
        command += ["--seed", str(given.seed + number), "--stride", str(given.workers)]
        command += ["--no-shrink"] if given.no_shrink else []
        command += ["--keep-going"] if given.keep_going else []
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._reader = threading.Thread(target=self._read, args=[self._process.stdout], daemon=True)
        self._reader.start()

    @property
    def runs(self) -> bool:
        return self._reader.is_alive()

    @property
    def failures(self) -> list[str]:
        """What went wrong, each with how to see it again."""
        found = [
            f"{done['failure']}\nAgain: make histories STEPS=1 SEED={done['seed']} LENGTH={done['length']}\n"
            for done in self.rounds
            if done["failure"]
        ]
        if self._process.wait() and not found:
            found.append(f"A worker ended with {self._process.returncode}; see above.")
        return found

    def _read(self, output: TextIO) -> None:
        for line in output:
            if not line.startswith("{"):
                continue
            said = json.loads(line)
            if "history" in said:
                self.steps += said["history"]
                self.histories += 1
                continue
            self.rounds.append(said)
            if said["failure"]:
                sys.stderr.write(f"seed {said['seed']} failed:\n{said['failure']}\n")


def progress(workers: list[Worker], seconds: float) -> None:
    steps = sum(worker.steps for worker in workers)
    histories = sum(worker.histories for worker in workers)
    sys.stderr.write(f"{seconds:6.0f} s  {histories:6} histories  {steps:8} steps\n")
    sys.stderr.flush()


def sum_up(workers: list[Worker], seconds: float) -> dict[str, Any]:
    rules: Counter[str] = Counter()
    for worker in workers:
        for done in worker.rounds:
            rules.update(done["rules"])
    return {
        "steps": sum(count for name, count in rules.items() if ":" not in name),
        "histories": sum(worker.histories for worker in workers),
        "seconds": round(seconds, 1),
        "rules": dict(sorted(rules.items())),
        "failures": [failure for worker in workers for failure in worker.failures],
    }


def report(figures: dict[str, Any]) -> None:
    rules, refused = figures["rules"], Counter()
    for name, count in rules.items():
        refused[name.partition(":")[0]] += count if ":" in name else 0
    out = ["", f"{'rule':40}{'steps':>8}{'refused':>9}"]
    out += [f"{name:40}{count:>8}{refused[name]:>9}" for name, count in rules.items() if ":" not in name]
    out += ["", *figures["failures"]]
    out += [
        f"{figures['steps']} steps in {figures['histories']} histories, {len(figures['failures'])} failed, "
        f"{figures['seconds']} s",
    ]
    folder = CHECKOUT / ".local" / "histories"
    folder.mkdir(parents=True, exist_ok=True)
    file = Path(folder, time.strftime("%Y%m%d-%H%M%S.json"))
    file.write_text(json.dumps(figures, indent=2))
    sys.stdout.write("\n".join([*out, f"JSON: {file.relative_to(CHECKOUT)}", ""]))


if __name__ == "__main__":
    sys.exit(main())
