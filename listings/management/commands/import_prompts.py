"""`import_prompts FILE.csv --seller HANDLE`: prompts from a file as drafts."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import SellerProfile
from common.errors import InvalidInput
from common.spreadsheets import csv_lines
from listings.services.importing import ImportReport, RowResult, prompts_import
from listings.services.prompt_files import prompt_rows

ROWS_REFUSED = 2
BAR_WIDTH = 30


class Command(BaseCommand):
    help = (
        "Import a CSV or JSON Lines file of prompts as drafts of one seller. Columns: act, prompt, and "
        "optionally for_devs, type, contributor, price, model, category, tags, description. Running it again "
        "adds nothing twice. Exit status: 0 each row is accounted for, 1 the file or the seller is unusable, "
        "2 rows were refused."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv file, or .jsonl with the same fields")
        parser.add_argument("--seller", required=True, metavar="HANDLE", help="whose drafts they become")
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--report", type=Path, metavar="FILE.csv", help="write what became of each row")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        seller = SellerProfile.objects.filter(handle=options["seller"].lower()).first()
        if seller is None:
            raise CommandError(f"There is no seller with the handle {options['seller']}.")
        try:
            rows = list(prompt_rows(options["file"]))
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        report = prompts_import(
            rows=rows,
            seller=seller,
            dry_run=options["dry_run"],
            progress=lambda so_far: self._progress(so_far.rows, len(rows)),
        )
        self._told(report, options["report"])
        note = " Nothing was written: this was a dry run." if options["dry_run"] else ""
        self.stdout.write(f"Took {time.monotonic() - started:.1f} s.{note}")
        if report.refused:
            raise CommandError("Some rows were refused; the others are in.", returncode=ROWS_REFUSED)

    def _told(self, report: ImportReport, file: Path | None) -> None:
        for result in report.copies:
            self._print_issue("copy", result)
        for result in report.refused:
            self._print_issue("refused", result)
        if file is not None:
            file.write_text("".join(report_lines(report)), encoding="utf-8", newline="")
        self.stdout.write(
            f"{report.rows} rows: {report.new} new drafts, {report.already} already imported, "
            f"{len(report.copies)} copies, {len(report.refused)} refused."
        )

    def _print_issue(self, kind: str, result: RowResult) -> None:
        title = f" “{result.title}”" if result.title else ""
        self.stdout.write(f"line {result.line}: {kind}:{title} {result.reason}")

    def _progress(self, done: int, total: int) -> None:
        """A bar that is drawn once per percent, and goes away when all is done."""
        if not self.stderr.isatty() or done * 100 // total == (done - 1) * 100 // total:
            return
        filled = BAR_WIDTH * done // total
        bar = f"\r[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done}/{total} rows"
        self.stderr.write(bar if done < total else "\r\x1b[K", ending="")
        self.stderr.flush()


def report_lines(report: ImportReport) -> Iterator[str]:
    rows = ((row.line, row.title, row.outcome.value, row.reason, row.score) for row in report.results)
    return csv_lines(("line", "title", "outcome", "reason", "score"), rows)
