"""From a row of a prompt file to a listing as its seller would have written it."""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from common.errors import InvalidInput
from listings.models import Category, TargetModel
from listings.models.listing import License
from listings.services.drafts import ListingInput
from listings.services.prompt_files import PromptRow
from listings.services.texts import clean_text
from listings.templating import normalise_syntaxes
from listings.vocabulary import OTHER

DEFAULT_PRICE_AMOUNT = 499
DEVELOPERS_TAG = "developers"
MODEL_BY_TYPE = {
    "": "chatgpt",
    "TEXT": "chatgpt",
    "STRUCTURED": "chatgpt",
    "IMAGE": "midjourney",
    "VIDEO": "sora",
}
_CENTS = re.compile(r"[0-9]{1,9}")
_DOLLARS = re.compile(r"\$?([0-9]{1,7})(?:\.([0-9]{2}))?")


def row_title(row: PromptRow) -> str:
    """The title on one line; empty if the row has none that could be shown."""
    title = row.fields.get("act")
    return " ".join(clean_text(title).split()) if isinstance(title, str) else ""


def row_body(row: PromptRow) -> str:
    """The prompt as the file has it. Raises InvalidInput if there is none."""
    if row.fault:
        raise InvalidInput.of("file", row.fault)
    body = row.fields.get("prompt")
    if not isinstance(body, str) or not body.strip():
        raise InvalidInput.of("prompt", _("Write the prompt."))
    return clean_text(body).strip()


def row_text(row: PromptRow, body: str) -> tuple[str, list[dict[str, Any]]]:
    """The prompt in our template language, and its variables; an export of ours is in it already."""
    if row.is_own:
        return body, _json_list(row.fields, "variables")
    text, variables = normalise_syntaxes(body)
    return text, [variable.to_dict() for variable in variables]


def row_input(row: PromptRow, text: str, variables: list[dict[str, Any]]) -> ListingInput:
    """The whole listing. Raises InvalidInput for what cannot be read; the draft says what is allowed."""
    fields = row.fields
    return ListingInput(
        title=row_title(row),
        summary=str(fields.get("summary") or ""),
        description=str(fields.get("description") or ""),
        model=_slug(fields.get("model"), TargetModel) or MODEL_BY_TYPE.get(_kind(fields), OTHER),
        category=_slug(fields.get("category"), Category) or OTHER,
        tags=_tags(fields),
        price_amount=_price(fields.get("price")),
        prompt=text,
        variables=variables,
        instructions=str(fields.get("instructions") or ""),
        license=str(fields.get("license") or License.PERSONAL.value),
        language=str(fields.get("language") or "en"),
        examples=_json_list(fields, "examples"),
    )


def _kind(fields: dict[str, Any]) -> str:
    return str(fields.get("type") or "").strip().upper()


def _tags(fields: dict[str, Any]) -> list[str]:
    given = fields.get("tags")
    tags = re.split(r"[,;|]", given) if isinstance(given, str) else given
    tags = list(tags) if isinstance(tags, list) else []
    if str(fields.get("for_devs", "")).strip().lower() in {"true", "1", "yes"}:
        tags.append(DEVELOPERS_TAG)
    return tags


def _json_list(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects, as it is or written as JSON in a cell."""
    value = fields.get(name) or []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise InvalidInput.of(name, _("Write this as JSON, or leave it empty.")) from error
    if not isinstance(value, list):
        raise InvalidInput.of(name, _("Write this as a JSON list, or leave it empty."))
    return value


def _slug(value: object, rows: type[TargetModel] | type[Category]) -> str:
    """A model or category given by its slug or name; an unknown word is left for the draft's own check."""
    word = value.strip() if isinstance(value, str) else ""
    named = rows.objects.filter(name__iexact=word).values_list("slug", flat=True).first() if word else None
    return named or word.lower()


def _price(value: object) -> int:
    """Cents as a whole number (499) or dollars with cents ($4.99); empty is the default price."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value if value is not None else "").strip().lower()
    if not text:
        return DEFAULT_PRICE_AMOUNT
    if text == "free" or _CENTS.fullmatch(text):
        return 0 if text == "free" else int(text)
    dollars = _DOLLARS.fullmatch(text)
    if dollars is None:
        raise InvalidInput.of("price", _("Write the price in cents (499) or in dollars ($4.99)."))
    return int(dollars[1]) * 100 + int(dollars[2] or 0)
