"""CSV cells that no spreadsheet runs as a formula, and that can be read back as they were."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = re.compile("'*[=+@\\t\\r\\n\uff1d\uff0b\uff0d\uff20-]")


def formula_guard(cell: str) -> str:
    """`cell` with an apostrophe before it where a spreadsheet would calculate."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def formula_unguard(cell: str) -> str:
    """What `formula_guard` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_lines(header: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a file, made as they are asked for; texts are guarded."""
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow(formula_guard(cell) if isinstance(cell, str) else cell for cell in row)


class _Echo:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line
