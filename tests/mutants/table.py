"""What came of the mutants: on the terminal, and in docs/money.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.workshop import CHECKOUT, Outcome

PAGE = CHECKOUT / "docs" / "money.md"
BEGIN, END = "<!-- Written by `make mutants`, not by hand. -->", "<!-- Up to here. -->"
HEAD = "| Check | Protection | Test | Without the protection |\n|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    mutant: Mutant
    outcome: Outcome

    @property
    def is_red(self) -> bool:
        return bool(self.outcome.failed) and not self.outcome.trouble

    @property
    def is_as_said(self) -> bool:
        """Red, or green where the catalogue says why."""
        return self.is_red != bool(self.mutant.stands) and not self.outcome.trouble

    @property
    def result(self) -> str:
        if self.outcome.trouble:
            return "NONSENSE"
        return "red" if self.is_red else "GREEN"


def line(row: Row) -> str:
    """For the terminal, as it comes."""
    checks = ",".join(map(str, row.mutant.checks))
    remark = f" ({row.mutant.stands})" if row.mutant.stands else ""
    seconds = f"{row.outcome.seconds:5.1f} s"
    return f"{checks:>6} | {row.mutant.protection}{remark} | {row.result} | {row.outcome.failed} | {seconds}"


def write(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Put the table between its marks; what stands outside is written by people."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([HEAD, *(_markdown(row) for row in sorted(rows, key=lambda row: row.mutant.checks))])
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _markdown(row: Row) -> str:
    checks = ", ".join(map(str, row.mutant.checks))
    test = row.outcome.failed or row.mutant.tests[0].partition("[")[0]
    result = f"green: {row.mutant.stands}" if row.mutant.stands else row.result
    return f"| {checks} | {row.mutant.protection} | `{test}` | {result} |"
