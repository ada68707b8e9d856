"""The studio's overview: how the business goes, beside the period before."""

import datetime
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import SellerProfile
from listings.models import ViewSource
from listings.queries.studio import own_rating
from marketplace.overview import MAX_DAYS, RANGES, overview_of
from marketplace.pages.selling_charts import charts_of, steps_of
from payments.countries import country_name
from payments.models import SaleSource
from payments.queries_stats import Days, PartFigures

USUAL_RANGE = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """A range to choose, and whether it is the one that is shown."""

    days: int
    label: str
    is_chosen: bool


class RangeForm(forms.Form):
    """Any days, by their first and last."""

    start = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(
        label=gettext_lazy("To"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def add_prefix(self, field_name: str) -> str:
        return {"start": "from", "end": "to"}.get(field_name, field_name)

    def clean(self) -> dict[str, object]:
        found: dict[str, object] = self.cleaned_data
        first, last = found.get("start"), found.get("end")
        if isinstance(first, datetime.date) and isinstance(last, datetime.date):
            if first > last:
                self.add_error("start", _("The first day must not be after the last."))
            elif Days(first, last).count > MAX_DAYS:
                message = _("Ask for at most %(count)s days at once.") % {"count": MAX_DAYS}
                self.add_error("start", message)
            elif not 2000 <= first.year <= last.year <= 2199:
                self.add_error("start", _("Choose days between 2000 and 2199."))
        return found


def business_context(request: HttpRequest, seller: SellerProfile) -> dict[str, object]:
    """`?days=` of RANGES, or `?from=` and `?to=`; what makes no sense shows the usual days and says why."""
    days, form = _days_of(request)
    found = overview_of(seller, days)
    steps = steps_of(found)
    return {
        "found": found,
        "table": list(reversed(steps)),
        "charts": charts_of(steps),
        "choices": [Choice(count, _range_label(count), _is_chosen(days, count)) for count in RANGES],
        "range_form": form,
        "rating": own_rating(seller),
        "sources": [(ViewSource(source).label, views) for source, views in found.sources],
        "sale_sources": [(SaleSource(part.name).label, part) for part in found.sale_sources],
        "countries": [(_country(part), part) for part in found.countries],
        "coupons": found.coupons,
    }


def _days_of(request: HttpRequest) -> tuple[Days, RangeForm]:
    usual = Days.until_today(USUAL_RANGE)
    if "from" in request.GET or "to" in request.GET:
        form = RangeForm(request.GET)
        if form.is_valid():
            return Days(form.cleaned_data["start"], form.cleaned_data["end"]), form
        return usual, form
    asked = request.GET.get("days", "")
    days = Days.until_today(int(asked)) if asked in {str(count) for count in RANGES} else usual
    return days, RangeForm(initial={"start": days.first, "end": days.last})


def _is_chosen(days: Days, count: int) -> bool:
    return days == Days.until_today(count)


def _range_label(count: int) -> str:
    if count == 1:
        return _("Today")
    if count == 365:
        return _("1 year")
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _country(part: PartFigures) -> str:
    return country_name(part.name) if part.name else _("Others and unknown")
