"""`manage.py check_books`: hold every rule of the books against all rows now, and say what breaks one."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.services.findings import amounts_in_words
from payments.services.invariants import INVARIANTS, invariant_check

SHOWN = 20


class Command(BaseCommand):
    help = "Hold every rule of the books against all rows. Ends with 1 if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for name in INVARIANTS:
            began = time.monotonic()
            found = invariant_check(name=name, since=None)
            broken += len(found)
            self.stdout.write(f"{name:<56}{len(found):>6}{time.monotonic() - began:>8.1f} s")
            for each in found[:SHOWN]:
                self.stdout.write(f"    {each.subject}: {each.detail}{amounts_in_words(each)}")
        if broken:
            raise CommandError(f"{broken} rows break a rule.", returncode=1)
