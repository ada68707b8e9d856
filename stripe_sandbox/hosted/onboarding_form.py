"""The onboarding form: what a seller typed, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from ..cards import BANK_ACCOUNT_SETTLES, BANK_ROUTING_NUMBER
from ..jsontypes import Json

_PERSON = ("first_name", "last_name", "email", "birth", "street", "city", "postal")
_BUSINESS = ("website", "description")
_LIMIT = 300
_ADULT = 18
_NEVER_KEPT = {"account", "iban", "routing", "ssn", "terms"}
_TEST_DATA = {
    "first_name": "Jane",
    "last_name": "Seller",
    "email": "jane@example.com",
    "birth": "1901-01-01",
    "street": "1 Market Street",
    "city": "San Francisco",
    "postal": "94105",
    "ssn": "0000",
    "website": "https://example.com/",
    "description": "AI prompts",
    "routing": BANK_ROUTING_NUMBER,
    "account": BANK_ACCOUNT_SETTLES,
    "iban": "FR14 2004 1010 0505 0001 3M02 606",
    "terms": "1",
}


@dataclass
class OnboardingForm:
    """Values as typed, so that a page with an error shows them again, and errors as keys of `texts`."""

    country: str
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Json, saved: Mapping[str, str]) -> "OnboardingForm":
        """Return the form as an owner finds it: with what the platform and they have said before."""
        profile = account["business_profile"]
        known = {
            "email": account["email"] or "",
            "website": profile["url"] or "",
            "description": profile["product_description"] or "",
        }
        form = cls(account["country"], {})
        form.values = dict.fromkeys(form.names, "") | known | dict(saved)
        return form

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that the account's country asks for."""
        bank = ("ssn", "routing", "account") if self.in_us else ("iban",)
        return (*_PERSON, *_BUSINESS, *bank, "terms")

    @property
    def in_us(self) -> bool:
        """Whether the account is in the United States, which has its own way to number people and banks."""
        return self.country == "US"

    def type_in(self, given: Mapping[str, str]) -> None:
        """Take what a person sent."""
        self.values |= {name: given.get(name, "").strip()[:_LIMIT] for name in self.names}

    def fill(self) -> None:
        """Fill in test data where nothing stands."""
        self.values |= {name: self.values[name] or _TEST_DATA[name] for name in self.names}

    @property
    def kept(self) -> dict[str, str]:
        """What may be kept until the owner comes back: no numbers of people or banks."""
        return {name: text for name, text in self.values.items() if text and name not in _NEVER_KEPT}

    @property
    def bank_last4(self) -> str:
        """The end of the bank account's number."""
        return re.sub(r"\W", "", self.values["account" if self.in_us else "iban"])[-4:]

    def check(self, now: int) -> bool:
        """Note what is wrong; `now` is the sandbox's time."""
        self.errors = {name: "missing" for name in self.names if not self.values[name]}
        if "terms" in self.errors:
            self.errors["terms"] = "bad_terms"
        found = {
            "email": None
            if re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", self.values["email"])
            else "bad_email",
            "birth": _birth_error(self.values["birth"], now),
            "website": None if _is_address(self.values["website"]) else "bad_website",
            **self._bank_errors(),
        }
        for name, error in found.items():
            if error:
                self.errors.setdefault(name, error)
        return not self.errors

    def _bank_errors(self) -> dict[str, str | None]:
        if not self.in_us:
            return {"iban": None if _is_iban(self.values["iban"]) else "bad_iban"}
        patterns = {"ssn": r"\d{4}", "routing": r"\d{9}", "account": r"\d{4,17}"}
        return {
            name: None if re.fullmatch(pattern, self.values[name]) else f"bad_{name}"
            for name, pattern in patterns.items()
        }


def _birth_error(text: str, now: int) -> str | None:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return "bad_birth"
    today = datetime.fromtimestamp(now, UTC).date()
    if born.year < 1900 or born > today:
        return "bad_birth"
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return None if age >= _ADULT else "too_young"


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_iban(text: str) -> bool:
    """Say whether the check digits are right: the number with its head at its end leaves 1 of 97."""
    number = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number):
        return False
    return int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1
