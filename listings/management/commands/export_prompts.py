"""`export_prompts --seller HANDLE > FILE.csv`: a seller's own prompts, for `import_prompts` to read."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import SellerProfile
from listings.services.exporting import prompts_csv, prompts_json_lines


class Command(BaseCommand):
    help = (
        "Write a seller's own prompts, in their newest version, to standard output. `import_prompts` reads "
        "the file back and adds nothing that is there. It holds the texts: keep it as what it is worth."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--seller", required=True, metavar="HANDLE", help="whose prompts")
        parser.add_argument("--format", choices=("csv", "jsonl"), default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        seller = SellerProfile.objects.filter(handle=options["seller"].lower()).first()
        if seller is None:
            raise CommandError(f"There is no seller with the handle {options['seller']}.")
        write = prompts_csv if options["format"] == "csv" else prompts_json_lines
        for line in write(seller=seller):
            self.stdout.write(line, ending="")
