"""Bring the .po files up to date: `python -m common.translations_extract`. No gettext program is needed.

Collects what Python code and Django templates mark for translation. A known translation is kept, a new
message comes in empty, one that is used no more goes. References name files without lines, and the header
bears no date, so that a second run changes nothing.
"""

import ast
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from common.translations import CHECKOUT

APPS = ("accounts", "common", "config", "listings", "marketplace", "payments")
LOCALES = CHECKOUT / "marketplace" / "locale"
PLURAL_FORMS = {"fr": "nplurals=2; plural=(n > 1);"}
HEADER = """\
# Promptfair in the language `{language}`. `make translations` keeps it up to date with the code.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""
# What the arguments of each function are; every module calls gettext or gettext_lazy `_`.
FUNCTIONS = {
    "_": ("message",),
    "gettext": ("message",),
    "ngettext": ("message", "plural"),
    "pgettext": ("context", "message"),
    "npgettext": ("context", "message", "plural"),
}

# Singular and plural together, where there is a plural.
MessageId = str | tuple[str, ...]


def update_translations(root: Path = CHECKOUT, locales: Path = LOCALES) -> dict[str, int]:
    """Rewrite each .po file; returns how many messages each language still lacks."""
    messages = extracted_messages(root)
    missing = {}
    for language in PLURAL_FORMS:
        path = po_path(language, locales)
        catalog = updated_catalog(path, messages, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(po_text(catalog, language), encoding="utf-8")
        missing[language] = sum(not translated(message.string) for message in catalog if message.id)
    return missing


def extracted_messages(root: Path = CHECKOUT) -> Catalog:
    """All messages of the apps: by file, and in each file in the order of their appearance."""
    catalog = Catalog()
    for app in APPS:
        for path in sorted((root / app).rglob("*")):
            for message, context in _messages_of(path):
                catalog.add(message, locations=[(path.relative_to(root).as_posix(), 0)], context=context)
    return catalog


def updated_catalog(path: Path, messages: Catalog, language: str) -> Catalog:
    """`messages` with the translations that the file has; nothing is guessed from similar ones."""
    known = path.read_text(encoding="utf-8") if path.exists() else _header(language)
    catalog = read_po(io.BytesIO(known.encode()), locale=language)
    catalog.update(messages, no_fuzzy_matching=True)
    return catalog


def po_text(catalog: Catalog, language: str) -> str:
    body = io.BytesIO()
    write_po(body, catalog, width=100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return _header(language) + body.getvalue().decode()


def po_path(language: str, locales: Path = LOCALES) -> Path:
    return locales / language / "LC_MESSAGES" / "django.po"


def translated(string: str | Sequence[str] | None) -> bool:
    """Whether there is a translation, in every plural form."""
    return bool(string) and all(string or ())


def python_messages(code: str) -> Iterator[tuple[MessageId, str | None]]:
    """Each message of Python code with its context, if any; also those within f-strings."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        kinds = FUNCTIONS.get(name.removesuffix("_lazy").removesuffix("_noop"), ())
        texts = [text for argument in call.args if isinstance(text := getattr(argument, "value", None), str)]
        if kinds and len(texts) == len(kinds):
            named = dict(zip(kinds, texts, strict=True))
            message, plural = named["message"], named.get("plural")
            yield (message, plural) if plural else message, named.get("context")


def template_messages(template: str, origin: str = "") -> Iterator[tuple[MessageId, str | None]]:
    """Each message of a Django template, as Django's own `makemessages` reads it."""
    # Django makes Python of it, but for the indentation, which the tokenizer would want to be in order.
    lines = (line.strip() for line in templatize(template, origin=origin).splitlines())
    code = io.BytesIO("\n".join(lines).encode())
    for _line, message, _comments, context in extract("python", code):
        yield message, context


def _messages_of(path: Path) -> Iterator[tuple[MessageId, str | None]]:
    if path.suffix == ".py" and "migrations" not in path.parts:
        return python_messages(path.read_text(encoding="utf-8"))
    if path.is_file() and "templates" in path.parts:
        return template_messages(path.read_text(encoding="utf-8"), str(path))
    return iter(())


def _header(language: str) -> str:
    return HEADER.format(language=language, plural_forms=PLURAL_FORMS[language])


if __name__ == "__main__":
    for language, count in update_translations().items():
        print(f"{language}: {count} messages without translation.")
