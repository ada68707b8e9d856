"""The best answers to words: candidates by quality, put in order by how well they answer.

Candidates are the best of all matches and the best of those that have the words in their titles. Beyond them
the list goes on by quality alone: nobody reads so far, but nothing is missing.
"""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from listings.search.conditions import TABLE, Condition
from listings.search.planning import GATHERED, WINDOW, Estimate
from listings.search.walking import QUALITY, Row

CANDIDATES = 300
TITLED = 150
# With fewer from the best tier, all rows are asked.
ENOUGH = 60
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
    """The words as tsqueries, anywhere and in titles, all conditions, and how many rows each should find."""

    anywhere: str
    titled: str
    condition: Condition
    expected: Estimate
    expected_titled: Estimate


def best_answers(cursor: CursorWrapper, words: Words) -> tuple[list[Row], str]:
    """(id, score) of the candidates, best first; and the plan's name."""
    found, plan = _answers(cursor, words, words.expected)
    tier_is_thin = plan == "tier" and len(found) < ENOUGH
    if tier_is_thin:
        found, plan = _answers(cursor, words, Estimate(0, 0))
    return found, plan


def _answers(cursor: CursorWrapper, words: Words, expected: Estimate) -> tuple[list[Row], str]:
    condition = words.condition
    anywhere, plan = _candidates(condition, expected, CANDIDATES)
    candidates, values = [f"({anywhere.sql})"], [*anywhere.values]
    if not expected.rows or expected.matches > CANDIDATES / 4:
        titled, _ = _candidates(
            condition.also("document @@ %s::tsquery", words.titled), words.expected_titled, TITLED
        )
        candidates.append(f"({titled.sql})")
        values += titled.values
    sql = _SCORED.format(weights=_WEIGHTS, lift=_LIFT, table=TABLE, candidates=" UNION ".join(candidates))
    cursor.execute(sql, [words.anywhere, *values])
    return cursor.fetchall(), plan


def _candidates(condition: Condition, expected: Estimate, limit: int) -> tuple[Condition, str]:
    """A statement for the ids of the best matches: of all when few, else of those met first, or of a tier."""
    by = QUALITY.sql()
    matches = f"SELECT listing_id, quality FROM {TABLE} {{}} OFFSET 0"
    gathered = f"SELECT listing_id FROM ({matches}) AS matches ORDER BY {by} LIMIT {limit}"
    walked = expected.walked(limit)
    if expected.matches <= min(GATHERED, walked):
        return Condition(gathered.format(condition.where), condition.values), "gather"
    if walked <= WINDOW / 2:
        ahead = f"SELECT * FROM {TABLE} ORDER BY {by} LIMIT {WINDOW}"
        sql = f"SELECT listing_id FROM ({ahead}) AS ahead {condition.where} LIMIT {limit}"
        return Condition(sql, condition.values), "walk"
    in_tier = condition.also("tier = 0")
    return Condition(gathered.format(in_tier.where), in_tier.values), "tier"
