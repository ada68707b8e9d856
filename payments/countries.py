"""Where sellers may live to be paid out.

A platform in any of these can transfer to accounts in all of them:
https://docs.stripe.com/connect/cross-border-payouts#availability
"""

import unicodedata

from babel import Locale
from django.utils.translation import get_language

_EUROPE = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT"),
    *("LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)
PAYOUT_COUNTRIES = frozenset({"US", "CA", "CH", "GB", *_EUROPE})


def country_name(code: str) -> str:
    """The country in the active language."""
    return str(Locale(_language()).territories.get(code, code))


def country_choices() -> list[tuple[str, str]]:
    """Code and name of each country, by name in the active language; É is sorted as E."""
    choices = [(code, country_name(code)) for code in PAYOUT_COUNTRIES]
    return sorted(choices, key=lambda choice: unicodedata.normalize("NFKD", choice[1]))


def _language() -> str:
    return "fr" if (get_language() or "").startswith("fr") else "en"
