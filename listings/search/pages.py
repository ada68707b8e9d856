"""One page of a list, with the cursors that lead on from it."""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from listings.search.conditions import Condition
from listings.search.cursors import Cursor
from listings.search.planning import WINDOW, Estimate
from listings.search.query import SearchPage, Sort
from listings.search.relevance import CANDIDATES, TIERS, Words, best_answers
from listings.search.walking import QUALITY, Order, Place, Row, rows_gathered, rows_in_order

# What a cursor beyond the best answers is of.
REST = "relevance.rest"
_BEST = Sort.RELEVANCE.value

# A row and what its cursor is of.
_Marked = tuple[str, Row]


def sorted_page(
    cursor: CursorWrapper,
    order: tuple[str, Order],
    condition: Condition,
    expected: Estimate,
    start: Cursor | None,
    part: tuple[int, int],
) -> SearchPage:
    """A page of `part` (size, offset) in the named order."""
    (name, by), (size, offset) = order, part
    backwards = start is not None and start.backwards
    place = Place((start.row_id, start.value), backwards) if start else Place()
    rows, plan = rows_in_order(cursor, by, condition, expected, place=place, limit=size + 1, offset=offset)
    if backwards:
        rows.reverse()
    marked = [(name, row) for row in rows]
    return _page(marked, size, plan, backwards=backwards, is_first=start is None and not offset)


def relevant_page(
    cursor: CursorWrapper, words: Words, start: Cursor | None, size: int, offset: int
) -> SearchPage:
    """A slice of the best answers followed by the rest in order of quality."""
    best, plan = best_answers(cursor, words)
    is_all = plan == "gather" and len(best) < CANDIDATES
    rest = words.condition.also("NOT listing_id = ANY (%s)", [row_id for row_id, _ in best])

    def rest_rows(limit: int, place: Place, beyond: int = 0) -> list[_Marked]:
        if is_all or limit <= 0:
            return []
        found: list[Row] = []
        passed = limit + beyond + len(best)
        if place.beside is None and plan in TIERS and words.expected.walked(passed) > WINDOW:
            found = rows_gathered(cursor, QUALITY, rest.also(TIERS["tier"]), place, (limit, beyond))
        if len(found) < limit:
            found, _ = rows_in_order(
                cursor, QUALITY, rest, words.expected, place=place, limit=limit, offset=beyond
            )
        return [(REST, row) for row in (reversed(found) if place.backwards else found)]

    backwards = start is not None and start.backwards
    in_rest = start is not None and start.sort == REST
    beside = Place((start.row_id, start.value), backwards) if start else Place()
    if in_rest:
        rows = rest_rows(size + 1, beside)
        if backwards and len(rows) <= size:
            rows = [*_marked(best[len(rows) - size - 1 :]), *rows]
    elif backwards and start is not None:
        end = _first_from(best, start)
        rows = _marked(best[max(0, end - size - 1) : end])
    else:
        first = _first_beyond(best, start) if start else offset
        rows = _marked(best[first : first + size + 1])
        rows += rest_rows(size + 1 - len(rows), Place(), max(0, first - len(best)))
    return _page(rows, size, plan, backwards=backwards, is_first=start is None and not offset)


def _marked(rows: Sequence[Row]) -> list[_Marked]:
    return [(_BEST, row) for row in rows]


def _first_beyond(best: Sequence[Row], start: Cursor) -> int:
    place = (start.value, start.row_id)
    return next((index for index, (pk, score) in enumerate(best) if (score, pk) < place), len(best))


def _first_from(best: Sequence[Row], start: Cursor) -> int:
    place = (start.value, start.row_id)
    return next((index for index, (pk, score) in enumerate(best) if (score, pk) <= place), len(best))


def _page(rows: list[_Marked], size: int, plan: str, *, backwards: bool, is_first: bool) -> SearchPage:
    """`rows` in the list's order, one more than fit when there are more in the direction of reading."""
    more = len(rows) > size
    shown = rows[-size:] if backwards else rows[:size]
    has_next = bool(shown) and (more or backwards)
    has_previous = bool(shown) and (more if backwards else not is_first)
    return SearchPage(
        ids=[row_id for _, (row_id, _) in shown],
        next_cursor=_cursor(shown[-1]) if has_next else "",
        previous_cursor=_cursor(shown[0], backwards=True) if has_previous else "",
        plan=plan,
    )


def _cursor(marked: _Marked, *, backwards: bool = False) -> str:
    sort, (row_id, value) = marked
    return Cursor(sort=sort, value=value, row_id=row_id, backwards=backwards).encode()
