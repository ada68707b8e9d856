"""From a template to a response: language, amounts, security headers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from ..cards import CARDS, SHOWN_ON_PAGE
from ..jsontypes import Json
from ..money import in_words
from ..sandbox import Sandbox
from .texts import countries, texts

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_CARD_WORDS = dict(
    zip(SHOWN_ON_PAGE, ("pays", "declines", "insufficient", "asks_3ds", "disputed"), strict=True)
)


class PageContext:
    """What every page knows: the shop, the language, the session if there is one."""

    def __init__(self, sandbox: Sandbox, request: Request, session: Json | None = None) -> None:
        self.session = session
        self.merchant = sandbox.merchant_name
        self.language = _language(request, session)
        self.words = texts(self.language)
        self.year = datetime.fromtimestamp(sandbox.clock.now(), UTC).year
        self.items = sandbox.store.private(session["id"])["line_items"] if session else []
        self.products = {
            item["id"]: sandbox.store.get("product", item["price"]["product"]) or {} for item in self.items
        }

    def amount(self, value: int, currency: str) -> str:
        """Return an amount in the page's language."""
        return in_words(value, currency, french=self.language == "fr")

    def say(self, key: str, **values: object) -> str:
        """Return a sentence of the page."""
        return self.words[key].format(merchant=self.merchant, **values)

    def countries(self) -> list[tuple[str, str]]:
        """Return the choices of the country field."""
        return countries(self.language)

    def test_cards(self) -> list[tuple[str, str]]:
        """Return the test cards with what each does."""
        return [(CARDS[number].number, self.words[_CARD_WORDS[number]]) for number in SHOWN_ON_PAGE]


def _language(request: Request, session: Json | None) -> str:
    asked = (session or {}).get("locale") or "auto"
    if asked != "auto":
        return "fr" if asked.startswith("fr") else "en"
    return request.accept_languages.best_match(["en", "fr"], default="en") or "en"


def page(
    template: str,
    context: PageContext,
    *,
    status: int = 200,
    lead_to: Iterable[str | None] = (),
    **values: Any,
) -> Response:
    """Render a page; `alert` is the message at its top, `lead_to` where its form may end beside here."""
    text = _TEMPLATES.get_template(template).render(
        {"alert": None, "declined": False, "back_url": None, "context": context, "say": context.say} | values
    )
    response = Response(text, status, content_type="text/html; charset=utf-8")
    if context.session:
        lead_to = (context.session["success_url"], context.session["cancel_url"])
    origins = {_origin(url) for url in lead_to}
    response.headers |= {
        "Cache-Control": "no-store",
        "Content-Language": context.language,
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self' data: http: https:; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action 'self' {' '.join(sorted(origins))}"
        ).strip(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return response


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"
