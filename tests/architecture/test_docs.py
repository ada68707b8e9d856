"""The documents hold together: each is reachable from the README, no link is dead, no list is out of date."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.models import Account, JournalKind
from payments.services.events import HANDLED_CONNECT_TYPES, HANDLED_TYPES
from tests.architecture.files import CHECKOUT, DOCS, README, name_of, project_files

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = [*CHECKOUT.glob("*.md"), *DOCS.rglob("*.md")]
NAMED_IN_CODE = re.compile(r"docs/[\w/-]+\.md|docs/decisions/\d{4}")


def links_of(document: Path) -> Iterator[tuple[Path, str]]:
    """Files that a document points to, each with the anchor or ""."""
    for link in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if "://" not in link and not link.startswith("mailto:"):
            path, _, anchor = link.partition("#")
            yield (document.parent / path).resolve() if path else document, anchor


def test_every_page_of_docs_is_reachable_from_the_readme():
    reached, waiting = {README}, [README]
    while waiting:
        for target, _anchor in links_of(waiting.pop()):
            if target.suffix == ".md" and target not in reached and target.exists():
                reached.add(target)
                waiting.append(target)
    assert [name_of(page) for page in sorted(DOCS.rglob("*.md")) if page not in reached] == []


@pytest.mark.parametrize("document", sorted(DOCUMENTS), ids=name_of)
def test_links_lead_somewhere(document):
    dead = []
    for target, anchor in links_of(document):
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(f"{name_of(target)}#{anchor}")
    assert dead == []


def test_pages_that_the_code_refers_to_exist():
    missing = []
    for path in project_files(".py", ".toml", ".sh", ".yml", "Dockerfile"):
        for named in NAMED_IN_CODE.findall(path.read_text(encoding="utf-8")):
            found = DOCS.parent.glob(named if named.endswith(".md") else f"{named}-*.md")
            if "NNNN" not in named and not any(found):
                missing.append(f"{name_of(path)}: {named}")
    assert missing == []


def test_decisions_are_numbered_once_each():
    numbers = [page.name[:4] for page in sorted((DOCS / "decisions").glob("[0-9]*.md"))]
    assert numbers == sorted(set(numbers))


def test_the_readme_lists_the_events_that_are_handled():
    listed = re.findall(r"^- `([a-z_.]+)`$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(HANDLED_TYPES + HANDLED_CONNECT_TYPES)


def test_the_money_page_names_every_account_and_every_journal():
    text = (DOCS / "money.md").read_text(encoding="utf-8")
    assert [value for value in (*Account.values, *JournalKind.values) if f"`{value}`" not in text] == []


def _anchors(document: Path) -> set[str]:
    """Headings as code hosts turn them into anchors."""
    headings = HEADING.findall(FENCE.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
