"""A seller's prompts as a file: their own only, no formula for a spreadsheet, and the same when read back."""

import csv
import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import SellerProfile
from common.spreadsheets import csv_lines, formula_guard, formula_unguard
from listings.models import Listing, ListingStatus
from listings.services.exporting import prompts_csv, prompts_export, prompts_json_lines
from listings.services.importing import ImportReport, prompts_import
from listings.services.prompt_files import rows_read
from listings.templating import TemplateVariable
from tests.factories import ListingFactory, PromptVersionFactory, SellerProfileFactory

RAW_VARIABLES = [
    {"name": "tone", "label": "Tone", "type": "choice", "choices": ["calm", "brisk"], "default": "calm"},
    {"name": "count", "label": "How many", "type": "number", "minimum": 1, "maximum": 9, "required": False},
]
VARIABLES = [TemplateVariable.from_dict(raw).to_dict() for raw in RAW_VARIABLES]
TEXTS = {
    "parts": "=== system ===\nBe {{tone}}.\n=== user ===\nGive {{count}}.",
    "a list": "- {{tone}}\n- {{count}}",
    "other brackets": "Keep [Name], ${x} and {y}; fill {{tone}} {{count}}.",
    "an escape": "\\{{tone}} stays, {{tone}} {{count}} go.",
    "an apostrophe": "'=1+1 {{tone}} {{count}}",
}
WRITERS = {"csv": prompts_csv, "jsonl": prompts_json_lines}


@pytest.fixture
def alice(db: None) -> SellerProfile:
    seller: SellerProfile = SellerProfileFactory.create(handle="alice")
    for name, text in TEXTS.items():
        ListingFactory.create(
            seller=seller,
            title=f"=About {name}",
            tags=["developers", "letters"],
            text=text,
            variables=VARIABLES,
            price_amount=0 if name == "parts" else 1250,
            instructions="Try it twice.",
            examples=[{"values": {"tone": "calm", "count": 3}, "output_text": "+1\nÉté"}],
        )
    return seller


def imported(file: str, name: str, seller: SellerProfile) -> ImportReport:
    return prompts_import(rows=rows_read(io.BytesIO(file.encode()), name=name), seller=seller)


def content_of(seller: SellerProfile) -> list[dict[str, object]]:
    """All that is exported but whose it is."""
    return [row | {"contributor": ""} for row in prompts_export(seller=seller)]


@pytest.mark.parametrize("kind", WRITERS)
def test_another_shop_gets_the_same_to_the_letter_and_nothing_twice(alice: SellerProfile, kind: str) -> None:
    bob = SellerProfileFactory.create(handle="bob")
    file = "".join(WRITERS[kind](seller=alice))

    report = imported(file, f"x.{kind}", bob)

    assert (report.new, report.rows) == (5, 5)
    assert content_of(bob) == content_of(alice)
    assert imported(file, f"x.{kind}", bob).already == 5
    assert Listing.objects.filter(seller=bob).count() == 5


@pytest.mark.parametrize("kind", WRITERS)
def test_one_s_own_file_adds_nothing(alice: SellerProfile, kind: str) -> None:
    report = imported("".join(WRITERS[kind](seller=alice)), f"x.{kind}", alice)

    assert (report.new, len(report.copies)) == (0, 5)


def test_no_cell_begins_a_formula(alice: SellerProfile) -> None:
    rows = list(csv.reader(io.StringIO("".join(prompts_csv(seller=alice)))))

    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.django_db
def test_the_newest_version_of_one_s_own_listings_and_no_removed_one() -> None:
    mine = ListingFactory.create(status=ListingStatus.PUBLISHED, text="Old.")
    PromptVersionFactory.create(listing=mine, number=2, text="New.")
    ListingFactory.create(seller=mine.seller, status=ListingStatus.REMOVED, text="Gone.")
    ListingFactory.create(text="Another's.")

    assert [row["prompt"] for row in prompts_export(seller=mine.seller)] == ["New."]


def test_more_listings_ask_no_more_of_the_database(
    alice: SellerProfile, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(3):
        assert len(list(prompts_csv(seller=alice))) == 6


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_any_cell_comes_back_as_it_was(cells: list[str]) -> None:
    header = [f"column {number}" for number in range(len(cells))]
    lines = list(csv.reader(io.StringIO("".join(csv_lines(header, [cells])), newline="")))

    assert [formula_unguard(cell) for cell in lines[1]] == cells
    assert all(formula_guard(cell) == cell or cell != formula_guard(cell)[0] for cell in cells)


def test_the_command_writes_both_forms(alice: SellerProfile, tmp_path: Path) -> None:
    def output(**options: str) -> str:
        out = StringIO()
        call_command("export_prompts", stdout=out, **options)
        return out.getvalue()

    assert output(seller="ALICE") == "".join(prompts_csv(seller=alice))
    assert len([json.loads(line) for line in output(seller="alice", format="jsonl").splitlines()]) == 5
    with pytest.raises(CommandError, match="nobody"):
        output(seller="nobody")
