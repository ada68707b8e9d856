"""`search_fill`: make the whole catalogue findable now instead of some hundred listings with each sweep."""

import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand

from listings.services.searching import search_fill

BAR_WIDTH = 30
_DONE = {"rows": "search rows written", "words": "changes counted into the vocabulary", "tiers": "rows moved"}


class Command(BaseCommand):
    help = (
        "Write missing search rows, count the vocabulary and set the tiers. For after an import straight "
        "into the tables, or a migration that made the rows anew: the sweeper would take hours. It may "
        "run beside the site and be stopped at any time; started again it goes on."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="write every row anew, not only those that are missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        done = dict.fromkeys(_DONE, 0)
        for progress in search_fill(everything=options["all"]):
            done[progress.step] = max(done[progress.step], progress.done)
            self._progress(progress.step, progress.done, progress.total)
        self._line("")
        for step, what in _DONE.items():
            self.stdout.write(f"{done[step]:,} {what}")
        self.stdout.write(f"Took {time.monotonic() - started:.1f} s.")

    def _progress(self, step: str, done: int, total: int) -> None:
        filled = BAR_WIDTH * done // total if total else 0
        bar = f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done:,}/{total:,}" if total else f"{done:,}"
        self._line(f"{bar} {_DONE[step]}")

    def _line(self, text: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{text}", ending="")
            self.stderr.flush()
