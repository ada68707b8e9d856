"""What came of the mutants: on the terminal, and in docs/money.md or, where no check of money is meant,
docs/moderation.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.workshop import CHECKOUT, Outcome

MONEY, WORKSHOP = CHECKOUT / "docs" / "money.md", CHECKOUT / "docs" / "moderation.md"
BEGIN, END = "<!-- Written by `make mutants`, not by hand. -->", "<!-- Up to here. -->"
HEADS = {
    MONEY: "| Check | Protection | Test | Without the protection |\n|---|---|---|---|",
    WORKSHOP: "| Protection | Test | Without the protection |\n|---|---|---|",
}


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
    noticed = f"{row.outcome.failed}: {row.outcome.why}" if row.is_red else ""
    return f"{checks:>6} | {row.mutant.protection}{remark} | {row.result} | {seconds} | {noticed}"


def write(rows: Sequence[Row]) -> None:
    """Put the tables between their marks; what stands outside is written by people."""
    write_page(MONEY, sorted((row for row in rows if row.mutant.checks), key=lambda row: row.mutant.checks))
    write_page(WORKSHOP, [row for row in rows if not row.mutant.checks])


def write_page(page: Path, rows: Sequence[Row]) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([HEADS[page], *(_markdown(row) for row in rows)])
    page.write_text(f"{before}{BEGIN}\n\n{_summary(rows)}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _summary(rows: Sequence[Row]) -> str:
    green = sum(bool(row.mutant.stands) for row in rows)
    if not green:
        return f"All {len(rows)} turned their test red."
    return (
        f"Of {len(rows)}, {len(rows) - green} turned the test red. {green} left it green because a second "
        "protection holds, which is named; another row takes out both."
    )


def _markdown(row: Row) -> str:
    checks = ", ".join(map(str, row.mutant.checks))
    test = row.outcome.failed or row.mutant.tests[0].partition("[")[0]
    result = f"green: {row.mutant.stands}" if row.mutant.stands else row.result
    return f"|{f' {checks} |' if checks else ''} {row.mutant.protection} | `{test}` | {result} |"
