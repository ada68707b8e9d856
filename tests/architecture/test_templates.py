"""The pages' Content-Security-Policy allows no inline script or style; mails are no pages."""

import re

import pytest

from tests.architecture.files import name_of, project_files

INLINE = {
    "a <style> element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}
PAGES = [path for path in project_files(".html") if "templates" in path.parts and "mail" not in path.parts]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_has_no_inline_style_or_script(path):
    text = path.read_text(encoding="utf-8")
    assert [name for name, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<p class="a" style="color:red">', "a style attribute"),
        ("<STYLE>", "a <style> element"),
        ("<script>alert(1)</script>", "an inline script"),
        ('<button\n  onclick="go()">', "an event attribute"),
        ('<a href="javascript:go()">', "a javascript: address"),
    ],
)
def test_the_patterns_find_what_they_look_for(markup, found):
    assert [name for name, pattern in INLINE.items() if pattern.search(markup)] == [found]


def test_there_are_pages_to_look_at():
    assert len(PAGES) > 50
