"""The test cards and bank accounts, and what each of them does."""

from dataclasses import dataclass
from enum import StrEnum

from .jsontypes import Json


class Behaviour(StrEnum):
    """What happens when a card is charged."""

    PAYS = "pays"
    DECLINES = "declines"
    ASKS_3DS = "asks_3ds"
    PAYS_THEN_DISPUTED = "pays_then_disputed"


@dataclass(frozen=True)
class TestCard:
    """A card and its fate; `decline_code` and `message` only for those that decline."""

    __test__ = False
    number: str
    behaviour: Behaviour
    code: str = "card_declined"
    decline_code: str | None = None
    message: str = ""
    brand: str = "visa"
    available_at_once: bool = False
    dispute_reason: str = "fraudulent"
    inquiry: bool = False

    @property
    def last4(self) -> str:
        """The digits that may be shown."""
        return self.number[-4:]


def _declining(
    number: str, decline_code: str | None, message: str, *, code: str = "card_declined"
) -> TestCard:
    return TestCard(number, Behaviour.DECLINES, code, decline_code, message)


_CARDS = [
    TestCard("4242424242424242", Behaviour.PAYS),
    TestCard("5555555555554444", Behaviour.PAYS, brand="mastercard"),
    TestCard("378282246310005", Behaviour.PAYS, brand="amex"),
    TestCard("4000000000000077", Behaviour.PAYS, available_at_once=True),
    _declining("4000000000000002", "generic_decline", "Your card was declined."),
    _declining("4000000000009995", "insufficient_funds", "Your card has insufficient funds."),
    _declining("4000000000009987", "lost_card", "Your card was declined."),
    _declining("4000000000000069", None, "Your card has expired.", code="expired_card"),
    _declining("4000000000000127", None, "Your card's security code is incorrect.", code="incorrect_cvc"),
    _declining(
        "4000000000000119",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
        code="processing_error",
    ),
    TestCard("4000002760003184", Behaviour.ASKS_3DS),
    TestCard("4000000000000259", Behaviour.PAYS_THEN_DISPUTED),
    TestCard("4000000000002685", Behaviour.PAYS_THEN_DISPUTED, dispute_reason="product_not_received"),
    TestCard("4000000000001976", Behaviour.PAYS_THEN_DISPUTED, inquiry=True),
]
CARDS = {card.number: card for card in _CARDS}
SHOWN_ON_PAGE = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000002760003184",
    "4000000000000259",
)

BANK_ROUTING_NUMBER = "110000000"
BANK_ACCOUNT_SETTLES = "000123456789"
BANK_ACCOUNT_FAILS = "000111111116"


def card_for(number: str) -> TestCard:
    """Return the test card; a number that is none is declined, as Stripe's test mode declines real cards."""
    known = CARDS.get(number)
    if known:
        return known
    return _declining(
        number,
        "test_mode_live_card",
        "Your card was declined. Your request was in test mode, but used a non test card.",
    )


def card_ending(last4: str) -> TestCard:
    """Return the test card with these last digits; numbers themselves are not kept anywhere."""
    return next(card for card in _CARDS if card.last4 == last4)


def passes_luhn(number: str) -> bool:
    """Say whether the number's check digit is right."""
    if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_details(card: TestCard, *, three_d_secure: bool = False) -> Json:
    """Return `payment_method_details.card` of a charge."""
    return {
        "amount_authorized": None,
        "authorization_code": "123456",
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": "pass", "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"sandbox{card.last4}",
        "funding": "credit",
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "network": card.brand,
        "three_d_secure": {
            "authentication_flow": "challenge",
            "result": "authenticated",
            "result_reason": None,
            "version": "2.2.0",
        }
        if three_d_secure
        else None,
        "wallet": None,
    }


def bank_details(account_number: str) -> Json:
    """Return `payment_method_details` of a bank debit."""
    return {
        "type": "us_bank_account",
        "us_bank_account": {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "fingerprint": f"sandbox{account_number[-4:]}",
            "last4": account_number[-4:],
            "mandate": None,
            "payment_reference": None,
            "routing_number": BANK_ROUTING_NUMBER,
        },
    }
