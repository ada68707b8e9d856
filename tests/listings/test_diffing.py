"""What changed between two versions, as lines and words."""

from hypothesis import given
from hypothesis import strategies as st

from listings.diffing import Change, DiffLine, Piece, text_diff

LINES = st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8), max_size=12)


def shown(old: str, new: str) -> list[tuple[str, str]]:
    return [(str(line.change), "".join(piece.text for piece in line.pieces)) for line in text_diff(old, new)]


def test_words_are_marked_inside_a_changed_line():
    gone, come = text_diff("Write a short letter.", "Write a long letter.")
    assert [piece for piece in gone.pieces if piece.is_changed] == [Piece("short", True)]
    assert [piece for piece in come.pieces if piece.is_changed] == [Piece("long", True)]


def test_lines_that_came_and_went_are_told_apart():
    assert shown("one\ntwo", "one\ntwo\nthree")[-1] == ("added", "three")
    assert shown("one\ntwo\nthree", "one\nthree")[1] == ("removed", "two")


def test_a_long_stretch_without_a_change_is_skipped_but_for_its_neighbours():
    old = "\n".join(f"line {number}" for number in range(20))
    lines = text_diff(old, old.replace("line 10", "line ten"))
    assert lines[0] == DiffLine(Change.SKIPPED, count=8)
    assert lines[-1] == DiffLine(Change.SKIPPED, count=7)
    assert len(lines) == 8


def test_equal_texts_have_nothing_to_show_but_what_is_skipped():
    assert [line.change for line in text_diff("a\nb\nc", "a\nb\nc")] == [Change.SKIPPED]


@given(LINES, LINES)
def test_both_texts_can_be_read_from_the_difference(before, after):
    old, new = "\n".join(before), "\n".join(after)
    lines = text_diff(old, new)
    skipped = sum(line.count for line in lines)
    came = sum(line.change in (Change.ADDED, Change.SAME) for line in lines)
    went = sum(line.change in (Change.REMOVED, Change.SAME) for line in lines)
    assert (went + skipped, came + skipped) == (len(old.splitlines()), len(new.splitlines()))
    texts = {"".join(piece.text for piece in line.pieces) for line in lines if line.change == Change.ADDED}
    assert texts <= set(new.splitlines())


def test_two_texts_of_forty_thousand_characters_are_compared_at_once():
    old = "\n".join(f"word{number} " * 3 for number in range(1500))
    new = "\n".join(f"word{number} " * 3 for number in range(1, 1501))
    assert text_diff(old, new)[0].change == Change.REMOVED
    assert text_diff("x " * 20_000, "y " * 20_000)[1].change == Change.ADDED
    assert text_diff("a\nb\n" * 10_000, "b\na\na\n" * 6600)
