"""What templates need to say prices, ratings, states and links."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common import clock
from common.money import USD, format_money, format_price
from listings.licences import LicenceText, licence_at, licence_text
from listings.queries.filters import as_dollars
from listings.rewriter import rewriter_host

register = template.Library()

_ESCAPED_IN_SCRIPTS = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}

# The words of every state machine that a page shows, by how good the news is.
_STATUS_CLASSES = {
    "is-success": {
        "published",
        "paid",
        "delivered",
        "succeeded",
        "active",
        "verified",
        "available",
        "ready",
        "done",
        "new",
        "used",
    },
    "is-warning": {
        "open",
        "contested",
        "in_review",
        "pending",
        "partially_refunded",
        "unlisted",
        "unfinished",
        "restricted",
        "countered",
        "copy",
    },
    "is-danger": {
        "rejected",
        "removed",
        "failed",
        "expired",
        "revoked",
        "disputed",
        "reversed",
        "closed",
        "suspended",
        "in_force",
        "refused",
    },
    "is-info": {"draft", "requested", "in_transit", "checking", "checked", "importing", "suggested"},
}


@register.filter
def money(amount: int, currency: str = USD) -> str:
    """An amount in minor units as people write it: 499 is $4.99."""
    return format_money(amount, currency or USD)


@register.filter
def price(amount: int, currency: str = USD) -> str:
    """Like `money`, but nothing to pay is the word Free."""
    return format_price(amount, currency or USD)


@register.filter
def dollars(amount: int | None) -> str:
    """An amount in minor units as a person types it into a field: 750 is 7.50, 300 is 3."""
    return as_dollars(amount)


@register.simple_tag
def rewrite_host() -> str:
    """Where a seller's public text may be sent for other words; empty while that is off."""
    return rewriter_host()


@register.filter
def item(mapping: Mapping[str, Any], name: str) -> Any:
    return mapping.get(name, "")


@register.filter
def star_row(average: float) -> list[bool]:
    """Five stars, the first ones filled, rounded to whole stars with halves up."""
    return [position < int((average or 0) + 0.5) for position in range(5)]


@register.filter
def status_class(status: str) -> str:
    return next((name for name, statuses in _STATUS_CLASSES.items() if status in statuses), "")


@register.simple_tag
def licence(license: str, version: int | str = "") -> LicenceText:
    """The wording of a licence: that of an order by its version, else today's."""
    return (licence_text(license, int(version)) if version else None) or licence_at(license, clock.now())


@register.simple_tag
def json_ld(facts: Mapping[str, Any]) -> SafeString:
    """Facts for machines as a data block, which no browser runs; nothing in them can end it."""
    text = json.dumps(facts, ensure_ascii=False).translate(_ESCAPED_IN_SCRIPTS)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.simple_tag(takes_context=True)
def next_query(context: Context) -> str:
    """What brings people back here once they have signed in; nothing on the account screens themselves."""
    request: HttpRequest | None = context.get("request")
    if request is None or request.method != "GET" or request.path.startswith("/accounts/"):
        return ""
    return "?" + urlencode({"next": request.get_full_path()})


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: object) -> str:
    """The present query string with `changes`; a value of None or "" takes a parameter out."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else request.path
