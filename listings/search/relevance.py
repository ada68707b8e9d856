"""The best answers to words: candidates by quality, put in order by how well they answer.

Candidates are the best of all matches and the best of those that have the words in their titles. Beyond them
the list goes on by quality alone: nobody reads so far, but nothing is missing.
"""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from listings.search.conditions import TABLE, Condition
from listings.search.planning import BEST_ROWS, RANKED, TOP_ROWS, WINDOW, Estimate
from listings.search.walking import QUALITY, Row

CANDIDATES = 300
# While a question is typed, a few titles are all that is shown.
CANDIDATES_TYPING = 60
# With fewer from a tier, more rows are asked.
ENOUGH = 30
# A tier is asked when it should have so many.
HOPED_FOR = 100
# What holds a tier's rows; the very best are among the best.
TIERS = {"top": "tier = -1", "tier": "tier <= 0"}
# Weights of D, C, B and A: terms, description, facts, title.
_WEIGHTS = "{0, 0.15, 0.4, 1}"
# How much quality counts beside the text: a hundred sales double a match.
_LIFT = 0.45
_SCORED = """
    SELECT listing_id,
        (ln(greatest(ts_rank('{weights}', document, %s::tsquery, 1), 1e-9)) + {lift} * quality)::real AS score
    FROM {table} WHERE listing_id IN ({candidates})
    ORDER BY score DESC, listing_id DESC
"""


@dataclass(frozen=True, slots=True)
class Words:
    """The words as a tsquery; all conditions, with the words anywhere and in titles; what each finds."""

    anywhere: str
    condition: Condition
    in_title: Condition
    expected: Estimate
    expected_titled: Estimate
    candidates: int = CANDIDATES


def best_answers(cursor: CursorWrapper, words: Words) -> tuple[list[Row], str]:
    """(id, score) of the candidates, best first; and the plan's name."""
    plan = _plan(words.expected, words.candidates)
    found = _answers(cursor, words, plan)
    while plan in TIERS and len(found) < min(ENOUGH, words.candidates):
        plan = "tier" if plan == "top" and len(found) * BEST_ROWS / TOP_ROWS >= ENOUGH else "gather"
        found = _answers(cursor, words, plan)
    return found, plan


def _answers(cursor: CursorWrapper, words: Words, plan: str) -> list[Row]:
    limit = words.candidates
    anywhere = _candidates(words.condition, plan, limit)
    candidates, values = [f"({anywhere.sql})"], [*anywhere.values]
    if plan != "gather" or words.expected.matches > limit / 4:
        titled = _candidates(
            words.in_title,
            _plan(words.expected_titled, limit // 2) if plan != "gather" else plan,
            limit // 2,
        )
        candidates.append(f"({titled.sql})")
        values += titled.values
    sql = _SCORED.format(weights=_WEIGHTS, lift=_LIFT, table=TABLE, candidates=" UNION ".join(candidates))
    cursor.execute(sql, [words.anywhere, *values])
    rows: list[Row] = cursor.fetchall()
    return rows


def _plan(expected: Estimate, limit: int) -> str:
    """The best of all matches when they are few, else those met first, or those of a tier."""
    walked = expected.walked(limit)
    if expected.matches <= min(RANKED, walked):
        return "gather"
    if walked <= WINDOW / 2:
        return "walk"
    return "top" if expected.share * TOP_ROWS >= HOPED_FOR else "tier"


def _candidates(condition: Condition, plan: str, limit: int) -> Condition:
    """A statement for the ids of the best matches."""
    by = QUALITY.sql()
    matches = f"SELECT listing_id, quality FROM {TABLE} {{}} OFFSET 0"
    gathered = f"SELECT listing_id FROM ({matches}) AS matches ORDER BY {by} LIMIT {limit}"
    if plan == "walk":
        ahead = f"SELECT * FROM {TABLE} ORDER BY {by} LIMIT {WINDOW}"
        sql = f"SELECT listing_id FROM ({ahead}) AS ahead {condition.where} LIMIT {limit}"
        return Condition(sql, condition.values)
    among = condition.also(TIERS[plan]) if plan in TIERS else condition
    return Condition(gathered.format(among.where), among.values)
