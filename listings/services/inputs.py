"""What a seller may send for a listing, checked field by field before anything is written."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import InvalidInput
from common.money import MAX_PRICE_AMOUNT, MIN_PRICE_AMOUNT, format_money
from listings import templating
from listings.models import Category, ExampleOutput, Listing, PromptVersion, TargetModel
from listings.models.listing import License
from listings.services.locks import pictures_lock
from listings.services.texts import clean_json, clean_text
from listings.templating import TemplateVariable

MAX_TAGS = 10
MAX_EXAMPLES = 12
MAX_EXAMPLE_VALUES = 100_000
MAX_EXAMPLE_NUMBER = 10**40
PUBLIC_FIELDS = ("title", "summary", "description", "model", "category", "tags", "license", "language")
VERSION_FIELDS = ("prompt", "variables", "instructions", "changelog", "examples")

PRICE_TOO_LOW = "price_too_low"


def inputs_clean(data: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields, ready to store; `model` and `category` as rows, `variables` as TemplateVariables.

    Raises InvalidInput naming every field that breaks a rule (code `price_too_low` if one is the price).
    """
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    code = None
    for field, value in data.items():
        check = _CHECKS.get(field)
        try:
            if check is None:
                raise InvalidInput.of(field, _("There is no such field."))
            cleaned[field] = check(value)
        except InvalidInput as error:
            errors[field] = [str(message) for message in error.errors[field]]
            code = PRICE_TOO_LOW if error.code == PRICE_TOO_LOW else code
    if errors:
        raise InvalidInput(next(iter(errors.values()))[0], code=code, errors=errors)
    return cleaned


def price_clean(value: object) -> int:
    """A price in US cents: 0 for free, or 300 to 100,000. Raises InvalidInput on `price_amount`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput.of("price_amount", _("Give the price in whole cents."))
    if value < 0 or 0 < value < MIN_PRICE_AMOUNT:
        sentence = _("A prompt is free or costs at least %(minimum)s.")
        raise InvalidInput.of(
            "price_amount", sentence % {"minimum": format_money(MIN_PRICE_AMOUNT)}, code=PRICE_TOO_LOW
        )
    if value > MAX_PRICE_AMOUNT:
        sentence = _("A prompt costs at most %(maximum)s.")
        raise InvalidInput.of("price_amount", sentence % {"maximum": format_money(MAX_PRICE_AMOUNT)})
    return value


def _text(field: str, *, limit: int, required: bool = False, one_line: bool = False) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidInput.of(field, _("This must be a text."))
        text = clean_text(value)
        text = " ".join(text.split()) if one_line else text.strip()
        if required and not text:
            raise InvalidInput.of(field, _("Fill this in."))
        if len(text) > limit:
            raise InvalidInput.of(
                field,
                _("Use at most %(limit)d characters; this has %(count)d.")
                % {"limit": limit, "count": len(text)},
            )
        return text

    return check


def _prompt(value: Any) -> str:
    """The text. Its blanks are counted, since those nobody declared become variables as well."""
    text = _text("prompt", limit=_limit(PromptVersion, "text"))(value)
    if len(templating.variable_names(text)) > templating.MAX_VARIABLES:
        raise InvalidInput.of(
            "prompt", _("Use at most %(count)d variables.") % {"count": templating.MAX_VARIABLES}
        )
    return text


def _row(field: str, rows: type[TargetModel] | type[Category], sentence: Any) -> Callable[[Any], Any]:
    def check(value: Any) -> TargetModel | Category:
        row = (
            rows.objects.filter(slug=value).first() if isinstance(value, str) and "\0" not in value else None
        )
        if row is None:
            raise InvalidInput.of(field, sentence)
        return row

    return check


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
        raise InvalidInput.of("tags", _("Give a list of words."))
    slugs = list(dict.fromkeys(slug for tag in value if (slug := slugify(clean_text(tag)))))
    if len(slugs) > MAX_TAGS or any(len(slug) > 40 for slug in slugs):
        raise InvalidInput.of(
            "tags", _("Use at most %(count)d tags of at most 40 characters.") % {"count": MAX_TAGS}
        )
    return sorted(slugs)


def _language(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", value):
        raise InvalidInput.of("language", _("Give a language code, such as en or fr."))
    return value


def _license(value: Any) -> str:
    if value not in License.values:
        raise InvalidInput.of(
            "license", _("Choose one of: %(choices)s.") % {"choices": ", ".join(License.values)}
        )
    return str(value)


def _variables(value: Any) -> list[TemplateVariable] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(raw, Mapping) for raw in value):
        raise InvalidInput.of("variables", _("Give a list of variables."))
    variables = [TemplateVariable.from_dict(clean_json(dict(raw))) for raw in value]
    problems = templating.schema_problems(variables)
    if problems:
        raise InvalidInput(problems[0], errors={"variables": problems})
    return variables


def _examples(value: Any) -> list[dict[str, Any]]:
    """Examples as rows, with the pictures they name by digest. Call it in a transaction."""
    if not isinstance(value, list | tuple) or len(value) > MAX_EXAMPLES:
        raise InvalidInput.of(
            "examples", _("Give a list of at most %(count)d examples.") % {"count": MAX_EXAMPLES}
        )
    limit = _limit(ExampleOutput, "output_text")
    examples = []
    for number, raw in enumerate(value, 1):
        values = raw.get("values", {}) if isinstance(raw, Mapping) else None
        output = raw.get("output_text", "") if isinstance(raw, Mapping) else None
        if not isinstance(values, Mapping) or not isinstance(output, str):
            sentence = _("Example %(number)d needs values and an output text.")
            raise InvalidInput.of("examples", sentence % {"number": number})
        if not all(_is_example_value(item) for item in values.values()):
            sentence = _("Example %(number)d: a value is a text, a number, true, false or a list of texts.")
            raise InvalidInput.of("examples", sentence % {"number": number})
        if len(output) > limit or len(str(values)) > MAX_EXAMPLE_VALUES:
            sentence = _("Example %(number)d is too long: use at most %(limit)d characters.")
            raise InvalidInput.of("examples", sentence % {"number": number, "limit": limit})
        row = {"values": clean_json(dict(values)), "output_text": clean_text(output).strip()}
        examples.append(
            row | {"picture": raw.get("picture") or None, "picture_alt": raw.get("picture_alt", "")}
        )
    _pictures_find(examples)
    return examples


def _pictures_find(examples: list[dict[str, Any]]) -> None:
    limit = _limit(ExampleOutput, "picture_alt")
    named = [row["picture"] for row in examples if isinstance(row["picture"], str)]
    pictures = pictures_lock(named) if named else {}
    for number, row in enumerate(examples, 1):
        if not isinstance(row["picture_alt"], str) or len(row["picture_alt"]) > limit:
            sentence = _("Example %(number)d: say in at most %(limit)d characters what the picture shows.")
            raise InvalidInput.of("examples", sentence % {"number": number, "limit": limit})
        row["picture_alt"] = " ".join(clean_text(row["picture_alt"]).split())
        if row["picture"] is None:
            continue
        if not isinstance(row["picture"], str) or row["picture"] not in pictures:
            sentence = _("Example %(number)d: its picture is no longer here. Upload it again.")
            raise InvalidInput.of("examples", sentence % {"number": number})
        row["picture"] = pictures[row["picture"]]


def _is_example_value(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(item, str) for item in value)
    if isinstance(value, int | float):
        return abs(value) < MAX_EXAMPLE_NUMBER
    return value is None or isinstance(value, str)


def _limit(model: type[Model], field: str) -> int:
    return int(getattr(model._meta.get_field(field), "max_length"))  # noqa: B009 - not on every kind of field


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": _text("title", limit=_limit(Listing, "title"), required=True, one_line=True),
    "summary": _text("summary", limit=_limit(Listing, "summary"), one_line=True),
    "description": _text("description", limit=_limit(Listing, "description")),
    "model": _row("model", TargetModel, gettext_lazy("Choose a model from the list.")),
    "category": _row("category", Category, gettext_lazy("Choose a category from the list.")),
    "tags": _tags,
    "price_amount": price_clean,
    "prompt": _prompt,
    "variables": _variables,
    "instructions": _text("instructions", limit=_limit(PromptVersion, "instructions")),
    "license": _license,
    "language": _language,
    "changelog": _text("changelog", limit=_limit(PromptVersion, "changelog"), one_line=True),
    "examples": _examples,
}
