"""Money in integer minor units. Nothing here, or anywhere, holds money in a float."""

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_currency
from django.utils.translation import get_language, gettext

USD = "usd"
CURRENCIES = (USD,)
MIN_PRICE_AMOUNT = 300
MAX_PRICE_AMOUNT = 100_000
MIN_PAYOUT_AMOUNT = 1_000
# Stripe refuses charges below $0.50: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MIN_CHARGE_AMOUNT = 50


def platform_fee_amount(net_amount: int, bps: int) -> int:
    """The platform's fee on `net_amount` (minor units, after discounts), rounded down.

    The seller gets the rest and bears nothing else: the fee includes card processing.
    20 % (2,000 bps) of 999 is 199, so the seller gets 800.
    """
    return net_amount * bps // 10_000


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units over `weights` by the largest remainder, so that the parts sum to `total`.

    Equal remainders go to the earlier part. Weights must not be negative, nor all zero unless total is 0.
    """
    weight_sum = sum(weights)
    if weight_sum == 0:
        if total:
            raise ValueError("Cannot spread an amount over weights that are all zero.")
        return [0] * len(weights)
    parts = [total * weight // weight_sum for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % weight_sum))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def format_money(amount: int, currency: str = USD, *, language: str | None = None) -> str:
    """`amount` in minor units as people of the active language write it: $4.99, or 4,99 $US."""
    locale = "fr_FR" if (language or get_language() or "en").startswith("fr") else "en_US"
    return format_currency(Decimal(amount) / 100, currency.upper(), locale=locale)


def format_price(amount: int, currency: str = USD) -> str:
    """A listing's price: the word Free, or the amount."""
    return gettext("Free") if amount == 0 else format_money(amount, currency)
