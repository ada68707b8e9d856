"""The payment form: what was typed, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..cards import BANK_ROUTING_NUMBER, passes_luhn
from ..payments import Buyer
from .texts import COUNTRIES

FIELDS = (
    "email",
    "method",
    "number",
    "expiry",
    "cvc",
    "name",
    "country",
    "postal",
    "routing",
    "account",
    "holder",
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_EXPIRY = re.compile(r"(\d{1,2})\D*(\d{2}|20\d{2})")
_LIMIT = 200


@dataclass
class PaymentForm:
    """Values as typed, so that a page with an error shows them again, and errors as keys of `texts`."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, *, email: str | None, country: str) -> "PaymentForm":
        """Return the form as it is first shown."""
        values = dict.fromkeys(FIELDS, "")
        return cls(values | {"email": email or "", "method": "card", "country": country})

    @classmethod
    def typed(cls, given: Mapping[str, str]) -> "PaymentForm":
        """Return the form with what a person sent."""
        values = {name: given.get(name, "").strip()[:_LIMIT] for name in FIELDS}
        if values["method"] != "us_bank_account":
            values["method"] = "card"
        if values["country"] not in COUNTRIES:
            values["country"] = "US"
        return cls(values)

    def fill(self, number: str, *, year: int) -> None:
        """Fill in a test card, as its button asks."""
        grouped = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
        self.values |= {
            "number": grouped,
            "expiry": f"12 / {(year + 8) % 100:02d}",
            "cvc": "123",
            "method": "card",
        }
        for name, value in (("name", "Jane Buyer"), ("postal", "94107"), ("email", "jane@example.com")):
            self.values[name] = self.values[name] or value

    @property
    def digits(self) -> str:
        """The card number without its spaces."""
        return re.sub(r"[\s-]", "", self.values["number"])

    @property
    def buyer(self) -> Buyer:
        """Who is paying."""
        by_card = self.values["method"] == "card"
        return Buyer(
            email=self.values["email"],
            name=self.values["name" if by_card else "holder"] or None,
            country=self.values["country"],
            postal_code=self.values["postal"] or None,
        )

    def check(self, now: int, *, free: bool) -> bool:
        """Note what is wrong; `now` is the sandbox's time; a free order needs no card."""
        self.errors = {}
        if not _EMAIL.fullmatch(self.values["email"]):
            self.errors["email"] = "bad_email" if self.values["email"] else "missing"
        if not free:
            (self._check_card if self.values["method"] == "card" else self._check_bank)(now)
        return not self.errors

    def _check_card(self, now: int) -> None:
        if not passes_luhn(self.digits):
            self.errors["number"] = "bad_number" if self.digits else "missing"
        self._check_expiry(now)
        if not re.fullmatch(r"\d{3,4}", self.values["cvc"]):
            self.errors["cvc"] = "bad_cvc" if self.values["cvc"] else "missing"
        if not self.values["name"]:
            self.errors["name"] = "missing"

    def _check_expiry(self, now: int) -> None:
        if not self.values["expiry"]:
            self.errors["expiry"] = "missing"
            return
        match = _EXPIRY.fullmatch(self.values["expiry"])
        if not match or not 1 <= int(match[1]) <= 12:
            self.errors["expiry"] = "bad_expiry"
            return
        today = datetime.fromtimestamp(now, UTC)
        if (2000 + int(match[2]) % 100, int(match[1])) < (today.year, today.month):
            self.errors["expiry"] = "past_expiry"

    def _check_bank(self, now: int) -> None:
        if self.values["routing"] != BANK_ROUTING_NUMBER and not re.fullmatch(
            r"\d{9}", self.values["routing"]
        ):
            self.errors["routing"] = "bad_routing"
        if not re.fullmatch(r"\d{4,17}", self.values["account"]):
            self.errors["account"] = "bad_account"
        if not self.values["holder"]:
            self.errors["holder"] = "missing"
