"""French is complete: each message has a translation with the same placeholders, and none is left over."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from common.translations_extract import (
    LOCALES,
    extracted_messages,
    po_path,
    po_text,
    python_messages,
    template_messages,
    translated,
    update_translations,
    updated_catalog,
)

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|{{.*?}}|<[^>]*>")
# A space that may break before these marks, or inside quotation marks; an apostrophe of typewriters.
BAD_TYPOGRAPHY = re.compile(r"[^\s][ ][:;!?»]|«[ ]|«\w|\w»|\w'\w| %%")
ENGLISH_ONLY = {"{{blanks}}": "{{champs}}"}


@pytest.fixture(scope="module")
def french() -> Catalog:
    with po_path("fr").open("rb") as file:
        return read_po(file, locale="fr")


@pytest.fixture(scope="module")
def used() -> Catalog:
    return extracted_messages()


def test_each_message_has_a_french_translation(french, used):
    known = {key(message) for message in french if translated(message.string)}
    assert {key(message) for message in used if message.id} - known == set()


def test_no_translation_is_left_over(french, used):
    needed = {key(message) for message in used}
    assert {key(message) for message in french if message.id} - needed == set()


def test_the_file_is_as_make_translations_writes_it(used):
    """So that the next one who runs it sees only their own changes."""
    assert po_path("fr").read_text(encoding="utf-8") == po_text(
        updated_catalog(po_path("fr"), used, "fr"), "fr"
    )


def test_translations_hold_the_placeholders_and_markup_of_their_message(french):
    wrong = [
        (message.id, message.string)
        for message in french
        if message.id
        for source, text in pairs(message)
        if placeholders(source) != placeholders(text)
    ]
    assert wrong == []


def test_translations_are_set_as_french_is(french):
    """No break before a colon or a question mark or inside « », and round apostrophes."""
    texts = [text for message in french if message.id for _, text in pairs(message)]
    assert [text for text in texts if BAD_TYPOGRAPHY.search(re.sub(r"<[^>]*>", "", text))] == []


def test_messages_of_python_are_found_with_plural_and_context_and_within_f_strings():
    code = """
_("One"); gettext_lazy("T" "wo")
ngettext("%(n)d word", "%(n)d words", n)
pgettext("an order", "Free")
npgettext_lazy("a context", "cat", "cats", n)
f"{problem} {_('Within.')}"
translation.gettext("Dotted"); _(variable); print("Not this")
"""
    assert list(python_messages(code)) == [
        ("One", None),
        ("Two", None),
        (("%(n)d word", "%(n)d words"), None),
        ("Free", "an order"),
        (("cat", "cats"), "a context"),
        ("Within.", None),
        ("Dotted", None),
    ]


def test_messages_of_templates_are_found_in_every_tag():
    template = """
{% load i18n %}<p>Not this</p>
   {% translate "Plain" %} {% translate 'With "quotes"' as title %} {% translate "May" context "month" %}
{% blocktranslate trimmed with name=user.name %}
    Hello {{ name }},
    it is 20% off.
{% endblocktranslate %}
{% blocktranslate count n=rows context "table" %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
{% include "x.html" with label=_("In a tag") %}{{ value|default:_("In a filter") }}{# translate "not this" #}
"""
    assert list(template_messages(template)) == [
        ("Plain", None),
        ('With "quotes"', None),
        ("May", "month"),
        ("Hello %(name)s, it is 20%% off.", None),
        (("%(n)s row", "%(n)s rows"), "table"),
        ("In a tag", None),
        ("In a filter", None),
    ]


def test_an_update_keeps_what_is_known_drops_what_is_not_used_and_brings_in_what_is_new(tmp_path):
    locales, code = tmp_path / "locale", tmp_path / "accounts" / "words.py"
    code.parent.mkdir()
    code.write_text('_("Old")\n_("Kept")')
    assert update_translations(tmp_path, locales) == {"fr": 2}
    path = po_path("fr", locales)
    path.write_text(path.read_text().replace('msgid "Kept"\nmsgstr ""', 'msgid "Kept"\nmsgstr "Gardé"'))
    code.write_text('_("Kept")\n_("New")')
    assert update_translations(tmp_path, locales) == {"fr": 1}
    messages = {message.id: message.string for message in read_po(path.open("rb")) if message.id}
    assert messages == {"Kept": "Gardé", "New": ""}


def test_there_is_something_to_translate(used):
    assert len(used) > 800
    assert LOCALES.is_dir()


def key(message: Message) -> tuple[object, str | None]:
    """What gettext looks a message up by."""
    return (message.id if isinstance(message.id, str) else tuple(message.id), message.context)


def pairs(message: Message) -> list[tuple[str, str]]:
    """Each text with its translation; the first plural form translates the singular."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, message.string or (), strict=True))


def placeholders(text: str) -> Counter[str]:
    return Counter(ENGLISH_ONLY.get(found, found) for found in PLACEHOLDER.findall(text))
