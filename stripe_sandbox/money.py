"""What a charge costs and may be: fees, minimum amounts, amounts in words."""

from decimal import Decimal

ZERO_DECIMAL = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
CURRENCIES = ZERO_DECIMAL | frozenset(
    [
        "usd",
        "eur",
        "gbp",
        "cad",
        "aud",
        "chf",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "nzd",
        "sgd",
        "hkd",
        "mxn",
        "brl",
        "inr",
    ]
)
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$"}
MINIMUM = {"gbp": 30, "sek": 300, "nok": 300, "dkk": 250, "mxn": 1000, "hkd": 400, "czk": 1500, "pln": 200}
DISPUTE_FEE = 1500
"""Minor units that a dispute costs the platform; not returned when it is won."""


def card_fee(amount: int) -> int:
    """Return Stripe's fee on a card payment: 2.9 % and 30, in minor units, half a unit rounded up."""
    return (amount * 29 + 500) // 1000 + 30


def bank_debit_fee(amount: int) -> int:
    """Return the fee on a bank debit: 0.8 %, at most 500 minor units."""
    return min(500, (amount * 8 + 500) // 1000)


def minimum_amount(currency: str) -> int:
    """Return the least that may be charged, in minor units."""
    return MINIMUM.get(currency, 50)


def in_words(amount: int, currency: str, *, french: bool = False) -> str:
    """Return an amount for people: `$4.99`, in French `4,99 $US`."""
    digits = 0 if currency in ZERO_DECIMAL else 2
    value = f"{Decimal(amount).scaleb(-digits):,.{digits}f}"
    if french:
        value = value.replace(",", "\u202f").replace(".", ",")
        symbol = {"usd": "$US", "eur": "€", "gbp": "£GB"}.get(currency, currency.upper())
        return f"{value}\u00a0{symbol}"
    symbol = SYMBOLS.get(currency, "")
    return f"{symbol}{value}" if symbol else f"{currency.upper()}\u00a0{value}"
