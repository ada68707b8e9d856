"""Prompt files become drafts, once, and every row that does not is explained by its line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus
from listings.services.drafts import listing_update
from listings.services.importing import ImportReport, prompts_import
from listings.services.prompt_files import prompt_rows
from tests.factories import ListingFactory, SellerProfileFactory

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data"
MIXED, OWN_COLUMNS = DATA / "mixed.csv", DATA / "own_columns.jsonl"


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice")


@pytest.fixture
def bob() -> SellerProfile:
    return SellerProfileFactory.create(handle="bob")


def run(path: Path, seller: SellerProfile, *, dry_run: bool = False) -> ImportReport:
    return prompts_import(rows=prompt_rows(path), seller=seller, dry_run=dry_run)


def written(tmp_path: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_become_drafts_with_their_blanks_recognised(alice: SellerProfile) -> None:
    report = run(MIXED, alice)

    assert (report.new, report.already) == (5, 0)
    guide = Listing.objects.get(title="Travel Guide")
    assert (guide.status, guide.price_amount, guide.model.slug, guide.category.slug, guide.seller) == (
        ListingStatus.DRAFT,
        499,
        "chatgpt",
        "other",
        alice,
    )
    version = guide.versions.get()
    assert version.text == (
        "I am in {{city}}, near {{landmark}}.\nSuggest {{number}} places in {{language}}."
    )
    assert [(raw["label"], raw["default"]) for raw in version.variables] == [
        ("City", "Paris"),
        ("Landmark", ""),
        ("Number", ""),
        ("Language", ""),
    ]


def test_type_and_for_devs_choose_model_and_tag(alice: SellerProfile) -> None:
    run(MIXED, alice)

    assert Listing.objects.get(title="Portrait, 35 mm").model.slug == "midjourney"
    assert [tag.slug for tag in Listing.objects.get(title="Code Reviewer").tags.all()] == ["developers"]


def test_json_bodies_keep_their_braces(alice: SellerProfile) -> None:
    run(MIXED, alice)

    text = Listing.objects.get(title="Portrait, 35 mm").versions.get().text
    assert text == ('{\n  "subject": "{{subject}}",\n  "lens": {"mm": [35, 50]},\n  "mood": "{{mood}}"\n}')


def test_each_row_left_out_is_explained_by_its_first_line(alice: SellerProfile) -> None:
    report = run(MIXED, alice)

    assert [(issue.line, issue.reason) for issue in report.copies] == [
        (13, "The same text as the row on line 2.")
    ]
    assert [(issue.line, issue.reason) for issue in report.refused] == [
        (15, "title: Fill this in."),
        (16, "prompt: Write the prompt."),
        (17, "file: There are more cells than columns; is a quote missing?"),
        (19, "title: Use at most 170 characters; this has 171."),
        (20, "file: This row is not UTF-8 text."),
    ]


def test_running_it_again_adds_nothing_even_after_edits(alice: SellerProfile) -> None:
    run(MIXED, alice)
    guide = Listing.objects.get(title="Travel Guide")
    listing_update(listing=guide, data={"title": "My guide", "prompt": "Quite another text now."})

    report = run(MIXED, alice)

    assert (report.new, report.already, len(report.copies)) == (0, 5, 1)
    assert Listing.objects.count() == 5


def test_a_dry_run_reports_the_same_and_writes_nothing(alice: SellerProfile) -> None:
    dry = run(MIXED, alice, dry_run=True)

    assert not Listing.objects.exists()
    assert dry == run(MIXED, alice)


def test_two_sellers_may_import_the_same_file_as_drafts(alice: SellerProfile, bob: SellerProfile) -> None:
    run(MIXED, alice)

    assert run(MIXED, bob).new == 5


def test_what_another_seller_submitted_is_a_copy(
    alice: SellerProfile, bob: SellerProfile, tmp_path: Path
) -> None:
    ListingFactory.create(seller=bob, status=ListingStatus.PUBLISHED, text="A text of {{name}}.")
    path = written(tmp_path, "act,prompt\nCopy,A text of [Name].\n")

    assert [issue.reason for issue in run(path, alice).copies] == ["Another seller offers this very text."]


def test_ones_own_prompt_is_a_copy(alice: SellerProfile, tmp_path: Path) -> None:
    ListingFactory.create(seller=alice, title="Mine", text="A text of {{name}}.")
    path = written(tmp_path, "act,prompt\nCopy,a text of {{name}}.\n")

    assert [issue.reason for issue in run(path, alice).copies] == ["The same text as your prompt “Mine”."]


def test_own_columns_and_json_lines(alice: SellerProfile) -> None:
    report = run(OWN_COLUMNS, alice)

    cheap, dollars = Listing.objects.get(title="Cheap"), Listing.objects.get(title="In dollars")
    assert (cheap.price_amount, cheap.model.slug, cheap.category.slug) == (300, "claude", "coding")
    assert cheap.description_html == "<p>About <em>one</em>.</p>"
    assert [tag.slug for tag in cheap.tags.all()] == ["data", "sql"]
    assert (dollars.price_amount, dollars.model.slug) == (450, "stable-diffusion")
    assert Listing.objects.get(title="Free").price_amount == 0
    assert [(issue.line, issue.reason) for issue in report.refused] == [
        (5, "price_amount: A prompt is free or costs at least $3.00."),
        (6, "model: Choose a model from the list."),
        (7, "file: This line is not JSON."),
        (8, "file: This line is not a JSON object."),
        (9, "prompt: Write the prompt."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_common_encodings_are_read(alice: SellerProfile, tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "act,prompt\r\nÉcrire,Une lettre à [Nom]\r\n".encode(encoding))

    assert run(path, alice).new == 1
    assert Listing.objects.get().title == "Écrire"


def test_a_prompt_that_is_too_long_is_refused(alice: SellerProfile, tmp_path: Path) -> None:
    path = written(tmp_path, f'act,prompt\nLong,"{"x" * 200_000}"\nShort,y\n')
    report = run(path, alice)

    assert report.new == 1
    assert report.refused[0].reason == "prompt: Use at most 40000 characters; this has 200000."


def test_no_reason_quotes_the_prompt(alice: SellerProfile, tmp_path: Path) -> None:
    path = written(tmp_path, 'act,prompt,price\nCanary,"zebrafinch",1\n,"zebrafinch",\n')

    assert "zebrafinch" not in str(run(path, alice))


# --- The command ---------------------------------------------------------------------------------


def command(path: Path, **options: object) -> str:
    out = StringIO()
    call_command("import_prompts", str(path), stdout=out, **options)
    return out.getvalue()


def test_the_command_says_what_came_in(alice: SellerProfile, tmp_path: Path) -> None:
    path = written(tmp_path, "act,prompt\nOne,first\nTwo,second\nTwo again,SECOND\n")

    lines = command(path, seller="alice").splitlines()

    assert lines[:2] == [
        "line 4: copy: “Two again” The same text as the row on line 3.",
        "3 rows: 2 new drafts, 0 already imported, 1 copies, 0 refused.",
    ]
    assert "3 rows: 0 new drafts, 2 already imported, 1 copies, 0 refused." in command(path, seller="alice")


def test_the_command_fails_with_two_when_rows_were_refused(alice: SellerProfile) -> None:
    with pytest.raises(CommandError) as failure:
        command(MIXED, seller="alice")

    assert failure.value.returncode == 2
    assert Listing.objects.count() == 5


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("title,body\na,b\n", "The first line must name the columns; missing: act, prompt."),
        ("", "The file is empty."),
        (b"\xff\xfea", "The file is not UTF-8 text."),
    ],
)
def test_a_file_that_is_none_fails_with_its_reason(
    alice: SellerProfile, tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        command(written(tmp_path, content), seller="alice")


def test_an_unknown_seller_or_file_is_named(alice: SellerProfile, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nobody"):
        command(MIXED, seller="nobody")
    with pytest.raises(CommandError, match=r"missing\.csv"):
        command(tmp_path / "missing.csv", seller="alice")


def test_the_command_writes_what_became_of_each_row(alice: SellerProfile, tmp_path: Path) -> None:
    path = written(tmp_path, "act,prompt\n=One,first\nOne again,FIRST\n")

    command(path, seller="alice", dry_run=True, report=tmp_path / "report.csv")

    lines = (tmp_path / "report.csv").read_text().splitlines()
    assert lines[0] == "line,title,outcome,reason,score"
    assert lines[1].startswith("2,'=One,new,,")
    assert lines[2] == "3,One again,copy,The same text as the row on line 2.,"
    assert not Listing.objects.exists()


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_spreadsheets_write_elsewhere_is_read(
    alice: SellerProfile, tmp_path: Path, delimiter: str
) -> None:
    content = 'act,"prompt",price\nLettre,"Écrire, à [Nom]",450\n'.replace(",p", f"{delimiter}p")
    content = content.replace('act,"', f'act{delimiter}"').replace('e,"', f'e{delimiter}"')

    report = run(written(tmp_path, content.replace(",450", f"{delimiter}450")), alice)

    assert report.new == 1
    assert Listing.objects.get().price_amount == 450
