"""Charts of a seller's days: bars of an SVG, with words that say the same and a table behind."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from common.money import format_money
from marketplace.overview import Overview
from payments.queries_stats import Days, SalesFigures, figures_sum

HEIGHT = 160
WIDTH = 720
# So many days have a bar each; more have one a week, and more than a year one a month.
MOST_DAYS = 92
MOST_WEEKS = 371


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table, and a bar in each chart."""

    first: datetime.date
    last: datetime.date
    sales: SalesFigures
    views_count: int

    @property
    def label(self) -> str:
        first = formats.date_format(self.first, "SHORT_DATE_FORMAT")
        if self.first == self.last:
            return first
        return f"{first} \N{EN DASH} {formats.date_format(self.last, 'SHORT_DATE_FORMAT')}"


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar stands, in the chart's units, and what it says when it is pointed at."""

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """`summary` is the whole chart in a sentence, for those who do not see it."""

    name: str
    title: str
    summary: str
    highest: str
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT


def steps_of(found: Overview) -> list[Step]:
    """A step a day, a week or a month, by how many days there are."""
    return [
        Step(
            first=group[0],
            last=group[-1],
            sales=figures_sum(found.sales[day] for day in group),
            views_count=sum(found.views[day] for day in group),
        )
        for group in _groups(found.days)
    ]


def charts_of(steps: Sequence[Step]) -> list[Chart]:
    """What was earned, and who came. A chart of nothing is left out."""
    earned = _chart("earned", _("Your share"), steps, [step.sales.net_amount for step in steps], format_money)
    came = _chart("visitors", _("Visitors"), steps, [step.views_count for step in steps], _number)
    return [chart for chart in (earned, came) if chart]


def _groups(days: Days) -> list[list[datetime.date]]:
    each = days.each()
    if len(each) <= MOST_DAYS:
        return [[day] for day in each]
    if len(each) <= MOST_WEEKS:
        return [each[start : start + 7] for start in range(0, len(each), 7)]
    months: dict[tuple[int, int], list[datetime.date]] = {}
    for day in each:
        months.setdefault((day.year, day.month), []).append(day)
    return list(months.values())


def _chart(
    name: str, title: str, steps: Sequence[Step], values: Sequence[int], say: Callable[[int], str]
) -> Chart | None:
    highest = max(values, default=0)
    if highest <= 0:
        return None
    slot = WIDTH / len(values)
    bars = [
        Bar(
            label=f"{step.label}: {say(value)}",
            x=round(number * slot + slot * 0.1, 2),
            y=round(HEIGHT - HEIGHT * value / highest, 2),
            width=round(slot * 0.8, 2),
            height=round(HEIGHT * value / highest, 2),
        )
        for number, (step, value) in enumerate(zip(steps, values, strict=True))
    ]
    best = steps[list(values).index(highest)]
    summary = _("%(title)s: %(total)s in all, most on %(day)s with %(highest)s.") % {
        "title": title,
        "total": say(sum(values)),
        "day": best.label,
        "highest": say(highest),
    }
    return Chart(name, title, summary, say(highest), bars)


def _number(value: int) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True)
