"""Reading words that nobody has written: as the beginning of one, or as one that is mistyped."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.backends.utils import CursorWrapper

from listings.search.meaning import Meaning, Token, meaning_read
from listings.search.query import SearchQuery
from listings.search.spelling import deletions, distance, edits_allowed
from listings.search.text import Clause, Question, question_parse

# Endings that stand in for the beginning of a word.
COMPLETIONS = 12
MIN_PREFIX = 2
# A word that begins so is likelier meant than one that is spelled almost so.
TELLING_PREFIX = 4
# How much more common than what was typed another word must be, to be meant instead.
MORE_COMMON = 20
# Of a long question so many words are looked at.
RAREST = 2
_CANDIDATES = 100

# A word that stands nowhere costs a statement; of a long question so many are looked at.
UNKNOWN = 2

_COMPLETED = """
    SELECT word, shown, lexemes, documents FROM listings_searchword
    WHERE {prefix} AND documents > 0 ORDER BY documents DESC, word LIMIT %s"""
_NEAR = """
    SELECT word, shown, lexemes, documents FROM listings_searchword
    WHERE deletions && %s::integer[] AND documents > 0 ORDER BY documents DESC LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Known:
    """A word of the vocabulary."""

    word: str
    shown: str
    lexemes: tuple[str, ...]
    documents: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query's words are taken to be. `corrected` says it where that is not what was typed."""

    question: Question
    meaning: Meaning
    corrected: str = ""
    is_empty: bool = False

    @property
    def may_be_meant_otherwise(self) -> bool:
        """Whether other words may find more. They do not while one stands nowhere and has no neighbour."""
        asks = bool(self.question.groups and self.meaning.rows and not self.corrected)
        return asks and not self.meaning.unknown(self.question)


# What nothing but an order is asked for by: how many rows there are makes no difference to it.
EVERYTHING_READ = Reading(Question(), Meaning({}, {}, 0))


def question_read(cursor: CursorWrapper, query: SearchQuery) -> Reading:
    """Read the words: one statement, and one more for each that stands nowhere or is still being typed."""
    question = question_parse(query.words)
    meaning = meaning_read(cursor, query, question)
    reading = Reading(question, meaning)
    if query.words.strip() and not question.groups and not question.excluded:
        return replace(reading, is_empty=True)
    if not meaning.rows:
        return reading
    if query.is_typing:
        reading = _last_word_completed(cursor, reading)
    return _unknown_words_replaced(cursor, reading)


def suggestion_of(cursor: CursorWrapper, reading: Reading) -> str:
    """The same words, rare ones replaced by much more common ones of almost that spelling; or nothing."""
    instead: dict[str, Known] = {}
    known_by = {token: reading.meaning.tokens[token].documents for token in reading.question.tokens}
    for token in sorted(known_by, key=lambda token: known_by[token])[:RAREST]:
        known = known_by[token]
        found = _nearest(cursor, token)
        if found is not None and found.documents >= max(known, 1) * MORE_COMMON:
            instead[token] = found
    return (
        _as_typed(reading.question, {token: each.shown for token, each in instead.items()}) if instead else ""
    )


def completions(cursor: CursorWrapper, prefix: str, limit: int) -> list[Known]:
    """The most common words that begin so."""
    start = prefix[:3]
    condition, values = f'LEFT("word", {len(start)}) = %s', [start]
    if len(prefix) > len(start):
        condition, values = f"{condition} AND word LIKE %s", [start, f"{prefix}%"]
    sql = _COMPLETED.format(prefix=condition)
    cursor.execute(sql, [*values, limit])
    return _known(cursor.fetchall())


def _last_word_completed(cursor: CursorWrapper, reading: Reading) -> Reading:
    question = reading.question
    if not question.groups or question.groups[-1][-1].is_phrase:
        return reading
    last = question.groups[-1][-1].tokens[0]
    return _with_completions(cursor, reading, last)


def _unknown_words_replaced(cursor: CursorWrapper, reading: Reading) -> Reading:
    shown: dict[str, str] = {}
    for token in reading.meaning.unknown(reading.question)[:UNKNOWN]:
        completed = _with_completions(cursor, reading, token)
        if completed is not reading and len(token) >= TELLING_PREFIX:
            reading = completed
        elif (found := _nearest(cursor, token)) is not None:
            reading = _with_forms(reading, token, found)
            shown[token] = found.shown
        else:
            reading = completed
    return replace(reading, corrected=_as_typed(reading.question, shown)) if shown else reading


def _with_forms(reading: Reading, token: str, known: Known) -> Reading:
    """`token` standing for a word of the vocabulary."""
    meaning = reading.meaning
    read = Token(known.lexemes, known.documents, known.documents)
    return replace(reading, meaning=replace(meaning, tokens={**meaning.tokens, token: read}))


def _with_completions(cursor: CursorWrapper, reading: Reading, token: str) -> Reading:
    if len(token) < MIN_PREFIX:
        return reading
    found = completions(cursor, token, COMPLETIONS)
    if not found:
        return reading
    meaning, own = reading.meaning, reading.meaning.tokens[token]
    forms = (*own.forms, *(lexeme for each in found for lexeme in each.lexemes))
    documents = min(own.documents + sum(each.documents for each in found), meaning.rows)
    read = Token(forms, documents, documents)
    return replace(reading, meaning=replace(meaning, tokens={**meaning.tokens, token: read}))


def _nearest(cursor: CursorWrapper, token: str) -> Known | None:
    """The word most likely meant: fewest edits, the same first letter, then the most common."""
    hashes = deletions(token)
    if not hashes:
        return None
    cursor.execute(_NEAR, [hashes, _CANDIDATES])
    limit = edits_allowed(token)
    best: tuple[tuple[int, bool, int], Known] | None = None
    for known in _known(cursor.fetchall()):
        edits = distance(token, known.word, limit)
        if known.word == token or edits > limit:
            continue
        merit = (edits, known.word[0] != token[0], -known.documents)
        if best is None or merit < best[0]:
            best = merit, known
    return best[1] if best else None


def _known(rows: Iterable[tuple[str, str, list[str], int]]) -> list[Known]:
    return [Known(word, shown, tuple(lexemes), documents) for word, shown, lexemes, documents in rows]


def _as_typed(question: Question, instead: dict[str, str]) -> str:
    def shown(clause: Clause) -> str:
        words = " ".join(instead.get(token, token) for token in clause.tokens)
        return f'"{words}"' if clause.is_phrase else words

    wanted = [" or ".join(shown(clause) for clause in group) for group in question.groups]
    return " ".join([*wanted, *(f"-{shown(clause)}" for clause in question.excluded)])
