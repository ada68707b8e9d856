"""The wordings of the licences. A wording that was sold under is never changed: a new one begins a version.

An order keeps which version stood when it was made.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from listings.models import License

_FROM_THE_START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class LicenceText:
    """One wording: a sentence for those in a hurry, and the articles, each a heading and a paragraph."""

    license: str
    version: int
    since: datetime.datetime
    summary: Any
    articles: Sequence[tuple[Any, Any]]

    @property
    def label(self) -> Any:
        return License(self.license).label

    @property
    def path(self) -> str:
        return f"/licences/{self.license}/{self.version}/"


_OUTPUT = (
    _("What comes out"),
    _(
        "What a model makes with the prompt is yours as far as the model's terms allow. The seller claims no "
        "right in it."
    ),
)
_NOT_ALLOWED = (
    _("What is not allowed"),
    _(
        "You may not sell, rent, give away or publish the prompt, its instructions or large parts of them, "
        "changed or not, nor offer it as a prompt in a product or service."
    ),
)
_LASTING = (
    _("How long it lasts"),
    _(
        "The licence has no end and counts for every version you get with the purchase. It ends when you get "
        "the whole price back, or when you break it and do not stop within 14 days of being told."
    ),
)
_NO_PROMISE = (
    _("What is promised"),
    _(
        "The seller promises to be allowed to sell the prompt, and that the recorded examples came out of "
        "it. Models change: a result that differs is no breach, but may be a ground for a refund."
    ),
)
LICENCES: dict[str, list[LicenceText]] = {
    License.PERSONAL: [
        LicenceText(
            license=License.PERSONAL.value,
            version=1,
            since=_FROM_THE_START,
            summary=_(
                "Use it for yourself and in your own work. Do not resell or pass on the prompt itself."
            ),
            articles=(
                (
                    _("What you may do"),
                    _(
                        "You, one person, may use the prompt with any model, change it, and keep copies, for "
                        "yourself and in your own work, paid or not."
                    ),
                ),
                (
                    _("What needs the commercial licence"),
                    _(
                        "Running it as part of a product or service that others use, or handing work with it "
                        "to others in your company or to clients as a method."
                    ),
                ),
                _OUTPUT,
                _NOT_ALLOWED,
                _LASTING,
                _NO_PROMISE,
            ),
        )
    ],
    License.COMMERCIAL: [
        LicenceText(
            license=License.COMMERCIAL.value,
            version=1,
            since=_FROM_THE_START,
            summary=_(
                "Use it in your own work, in paid work for clients, and in products you sell. Do not resell "
                "or pass on the prompt itself."
            ),
            articles=(
                (
                    _("What you may do"),
                    _(
                        "You, or the one company you bought it for with all its staff, may use the prompt "
                        "with any model, change it, keep copies, use it in work for clients, and run it "
                        "inside products and services, as long as their users cannot read it."
                    ),
                ),
                _OUTPUT,
                _NOT_ALLOWED,
                _LASTING,
                _NO_PROMISE,
            ),
        )
    ],
}


def licence_text(license: str, version: int) -> LicenceText | None:
    """A wording that stands or stood; None where there is none."""
    return next((text for text in LICENCES.get(license, []) if text.version == version), None)


def licence_at(license: str, at: datetime.datetime) -> LicenceText:
    """The wording under which was sold at a time."""
    wordings = LICENCES[license]
    return next((text for text in reversed(wordings) if text.since <= at), wordings[0])
