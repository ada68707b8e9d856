"""The studio's sub-navigation."""

from typing import Any, NamedTuple

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


class Tab(NamedTuple):
    section: str
    url_name: str
    label: Promise


# On a phone the first ones stand beside a menu with the others.
_FIRST = (
    Tab("overview", "studio", _("Overview")),
    Tab("listings", "studio_listings", _("Listings")),
    Tab("sales", "studio_sales", _("Sales")),
)
_LATER = (
    Tab("payouts", "studio_payouts", _("Payouts")),
    Tab("insights", "studio_insights", _("Insights")),
    Tab("reviews", "studio_reviews", _("Reviews")),
    Tab("questions", "studio_questions", _("Questions")),
    Tab("promotions", "studio_promotions", _("Promotions")),
    Tab("webhooks", "studio_webhooks", _("Webhooks")),
)


@register.inclusion_tag("pages/selling/tabs.html", takes_context=True)
def studio_tabs(context: Context) -> dict[str, Any]:
    """All sections in a row; where that is too wide, the later ones in a menu named after the open one."""
    section = str(context.get("section") or "")
    later = [_shown(tab, section) for tab in _LATER]
    return {
        "first": [_shown(tab, section) for tab in _FIRST],
        "later": later,
        "open_later": next((tab for tab in later if tab["is_open"]), None),
    }


def _shown(tab: Tab, section: str) -> dict[str, Any]:
    return {"href": reverse(tab.url_name), "label": tab.label, "is_open": tab.section == section}
