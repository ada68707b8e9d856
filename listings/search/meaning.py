"""From a question to a query of lexemes, with in how many documents each part stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.backends.utils import CursorWrapper

from listings.search.query import SearchQuery
from listings.search.rows import EVERYTHING, TITLE_MARK
from listings.search.text import ANY_STOPS, STOPS, Clause, Question

_TERMS = {
    "model": "SELECT '=m/' || id FROM listings_targetmodel WHERE slug = %s",
    "category": "SELECT '=c/' || id FROM listings_category WHERE slug = %s",
    "tag": "SELECT '=t/' || id FROM listings_tag WHERE slug = %s",
    "seller": "SELECT '=s/' || id FROM accounts_sellerprofile WHERE handle = %s",
    "modality": "SELECT '=d/' || %s",
    "language": "SELECT '=l/' || %s",
}
# What a result's own facets count under: these terms are lifted.
FACETED = frozenset({"model", "category", "modality", "language"})

_DOCUMENTS = "coalesce((SELECT sum(documents) FROM listings_searchlexeme WHERE lexeme = ANY (forms)), 0)"
_TITLED = """coalesce((SELECT sum(documents) FROM listings_searchlexeme
    WHERE lexeme = ANY (ARRAY(SELECT '^' || form FROM unnest(forms) AS form))), 0)"""
_TOKENS = f"""
    SELECT 'token', token, forms, {_DOCUMENTS}, {_TITLED} FROM (
        SELECT token, ARRAY[token, (ts_lexize('promptfair_english_stem', token))[1],
                            (ts_lexize('promptfair_french_stem', token))[1]] AS forms
        FROM unnest(%s::text[]) AS token
    ) AS stemmed"""
_TERM = f"""
    SELECT %s, forms[1], forms, {_DOCUMENTS}, 0
    FROM (SELECT ARRAY[term] AS forms FROM ({{}}) AS named(term)) AS single"""


@dataclass(frozen=True, slots=True)
class Token:
    """A word's lexemes (as it is, in English, in French), and how many texts and titles have one of them."""

    forms: tuple[str, ...]
    documents: int
    titles: int

    def any_of(self, mark: str = "") -> str:
        return _either(quoted(mark + form) for form in self.forms)


@dataclass(frozen=True, slots=True)
class Term:
    """A filter's value."""

    lexeme: str
    documents: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """All that the vocabulary says of a query.

    `rows` is how many listings there are, 0 when nobody has counted; `terms` misses a filter whose value does
    not exist.
    """

    tokens: dict[str, Token]
    terms: dict[str, Term]
    rows: int

    def unknown(self, question: Question) -> list[str]:
        """The wanted tokens that stand in no document."""
        return [token for token in question.tokens if not self.tokens[token].documents]


def meaning_read(cursor: CursorWrapper, query: SearchQuery, question: Question) -> Meaning:
    """Ask the vocabulary: one statement."""
    parts: list[str] = [_TOKENS]
    values: list[Any] = [question.all_tokens]
    given = {name: getattr(query, name) for name in _TERMS if getattr(query, name)}
    for name, value in given.items():
        parts.append(_TERM.format(_TERMS[name]))
        values += [name, value]
    parts.append(_TERM.format("SELECT %s"))
    values += [EVERYTHING, EVERYTHING]
    cursor.execute(" UNION ALL ".join(parts), values)
    tokens: dict[str, Token] = {}
    terms: dict[str, Term] = {}
    for kind, name, forms, documents, titles in cursor.fetchall():
        if kind == "token":
            tokens[name] = Token(tuple(forms), int(documents), int(titles))
        else:
            terms[kind] = Term(forms[0], int(documents))
    return Meaning(tokens, terms, terms.pop(EVERYTHING).documents)


def words_query(question: Question, tokens: dict[str, Token]) -> str:
    """The question as a tsquery, empty when it asks for nothing."""
    wanted = [_either(_clause(clause, tokens) for clause in group) for group in question.groups]
    unwanted = [f"!{_clause(clause, tokens)}" for clause in question.excluded]
    return all_of([*wanted, *unwanted])


def title_query(question: Question, tokens: dict[str, Token]) -> str:
    """The same with all wanted words in the title: whatever meets this meets `words_query`."""

    def titled(clause: Clause) -> str:
        words = all_of(tokens[token].any_of(TITLE_MARK) for token in clause.tokens)
        return f"({words} & {_clause(clause, tokens)})" if clause.is_phrase else words

    wanted = [_either(titled(clause) for clause in group) for group in question.groups]
    unwanted = [f"!{_clause(clause, tokens)}" for clause in question.excluded]
    return all_of([*wanted, *unwanted])


def documents_of(
    question: Question, meaning: Meaning, *, in_titles: bool = False, lifted: Iterable[str] = ()
) -> list[int]:
    """In how many documents (or titles) each group of words stands at most, and each filter's term."""

    def count(clause: Clause) -> int:
        telling = [token for token in clause.tokens if token not in ANY_STOPS] or clause.tokens
        tokens = [meaning.tokens[token] for token in telling]
        return min(token.titles if in_titles else token.documents for token in tokens)

    groups = [sum(count(clause) for clause in group) for group in question.groups]
    return groups + [term.documents for name, term in meaning.terms.items() if name not in lifted]


def all_of(parts: Iterable[str]) -> str:
    return " & ".join(part for part in parts if part)


def quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _clause(clause: Clause, tokens: dict[str, Token]) -> str:
    if not clause.is_phrase:
        return tokens[clause.tokens[0]].any_of()
    languages = zip(*(tokens[token].forms[:3] for token in clause.tokens), strict=True)
    stops: list[Any] = [frozenset(), *STOPS.values()]
    phrases = []
    for forms, left_out in zip(languages, stops, strict=True):
        kept = [
            quoted(form) for form, token in zip(forms, clause.tokens, strict=True) if token not in left_out
        ]
        phrases.append("(" + " <-> ".join(kept) + ")" if kept else "")
    return _either(phrase for phrase in phrases if phrase)


def _either(parts: Iterable[str]) -> str:
    different = list(dict.fromkeys(parts))
    return different[0] if len(different) == 1 else f"({' | '.join(different)})"
