"""`import_prompts FILE.csv --seller HANDLE`: prompts from a file as drafts."""

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import SellerProfile
from common.errors import InvalidInput
from listings.services.importing import ImportReport, RowIssue, prompts_import
from listings.services.prompt_files import prompt_rows

ROWS_REFUSED = 2


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

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        seller = SellerProfile.objects.filter(handle=options["seller"].lower()).first()
        if seller is None:
            raise CommandError(f"There is no seller with the handle {options['seller']}.")
        try:
            report = prompts_import(
                rows=prompt_rows(options["file"]),
                seller=seller,
                dry_run=options["dry_run"],
                progress=self._progress,
            )
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        self._clear_progress()
        for issue in report.copies:
            self._print_issue("copy", issue)
        for issue in report.refused:
            self._print_issue("refused", issue)
        self.stdout.write(
            f"{report.rows} rows: {report.new} new drafts, {report.already} already imported, "
            f"{len(report.copies)} copies, {len(report.refused)} refused."
        )
        note = " Nothing was written: this was a dry run." if options["dry_run"] else ""
        self.stdout.write(f"Took {time.monotonic() - started:.1f} s.{note}")
        if report.refused:
            raise CommandError("Some rows were refused; the others are in.", returncode=ROWS_REFUSED)

    def _print_issue(self, kind: str, issue: RowIssue) -> None:
        title = f" “{issue.title}”" if issue.title else ""
        self.stdout.write(f"line {issue.line}: {kind}:{title} {issue.reason}")

    def _progress(self, report: ImportReport) -> None:
        if self.stderr.isatty() and report.rows % 25 == 0:
            self.stderr.write(f"\r{report.rows} rows", ending="")

    def _clear_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\x1b[K", ending="")
