"""Texts and questions as tokens: lower case, no accents, letters and digits only.

PostgreSQL sees tokens alone, so that both sides are cut alike whatever its parser thinks of `node.js`. It has
no `unaccent` here, hence the folding in Python. Stop words go on both sides too: of a text those of its own
language, so that phrases run over them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

MAX_QUERY_LENGTH = 200
MAX_QUERY_TOKENS = 24
MAX_TOKEN_LENGTH = 40

# Scripts written without spaces have a token for each sign.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['\u2019](?=\w)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b", re.IGNORECASE)
_PIECE = re.compile(r'(?P<minus>(?:(?<=\s)|^)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')

_ENGLISH = """
a about above after again against all am an and any are as at be because been before being below between
both but by can did do does doing don down during each few for from further had has have having he her
here hers herself him himself his how i if in into is it its itself just me more most my myself no nor
not now of off on once only or other our ours ourselves out over own s same she should so some such t
than that the their theirs them themselves then there these they this those through to too under until up
very was we were what when where which while who whom why will with you your yours yourself
"""
_FRENCH = """
a ai as au aux avec ayant c ce ces cet cette d dans de des dont du elle elles en est et etait etant ete
etre eu eux il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on
ont ou par pas pour qu que qui s sa sans se sera ses si son sont sous sur t ta te tes toi ton tu un une
vos votre vous y
"""
ENGLISH_STOPS = frozenset(_ENGLISH.split())
FRENCH_STOPS = frozenset(_FRENCH.split())
ANY_STOPS = ENGLISH_STOPS | FRENCH_STOPS
STOPS = {"en": ENGLISH_STOPS, "fr": FRENCH_STOPS}


@dataclass(frozen=True, slots=True)
class Clause:
    """One token, or several that must stand side by side."""

    tokens: tuple[str, ...]

    @property
    def is_phrase(self) -> bool:
        return len(self.tokens) > 1


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed: all of `groups` (one of each group's clauses will do), none of `excluded`."""

    groups: tuple[tuple[Clause, ...], ...] = ()
    excluded: tuple[Clause, ...] = ()

    @property
    def tokens(self) -> list[str]:
        """Every wanted token once, in order."""
        wanted = (token for group in self.groups for clause in group for token in clause.tokens)
        return list(dict.fromkeys(wanted))

    @property
    def all_tokens(self) -> list[str]:
        return list(dict.fromkeys([*self.tokens, *(t for clause in self.excluded for t in clause.tokens)]))

    def with_tokens(self, instead: dict[str, str]) -> "Question":
        """The same question with these tokens replaced."""

        def changed(clause: Clause) -> Clause:
            return Clause(tuple(instead.get(token, token) for token in clause.tokens))

        groups = tuple(tuple(changed(clause) for clause in group) for group in self.groups)
        return Question(groups, self.excluded)


def fold(text: str) -> str:
    """`text` in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(character for character in decomposed if not unicodedata.combining(character))
    return folded.replace("\u0153", "oe").replace("\u00e6", "ae")


def tokens(text: str) -> list[str]:
    """The tokens of a text in order: `d'écriture` is ecriture, `node.js` is node and js."""
    return _cut(fold(text))


def _cut(plain: str) -> list[str]:
    without_marks = _POSSESSIVE.sub("", _ELISION.sub(" ", plain))
    return [match[0][:MAX_TOKEN_LENGTH] for match in _TOKEN.finditer(without_marks)]


def surfaces(text: str) -> dict[str, str]:
    """The text's tokens, each with its accents: `ecriture` is écriture."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return {fold(shown)[:MAX_TOKEN_LENGTH]: shown for shown in _cut(plain)}


def indexed_tokens(text: str, language: str) -> list[str]:
    """The tokens a text is found by: without its language's stop words."""
    stops = STOPS.get(language[:2], frozenset())
    return [token for token in tokens(text) if token not in stops]


def question_parse(typed: str) -> Question:
    """Read `"a phrase"`, `-without` and `this or that`; anything else is words, all of them wanted."""
    groups: list[tuple[Clause, ...]] = []
    excluded: list[Clause] = []
    is_alternative = False
    for minus, clause in islice(_clauses(typed[:MAX_QUERY_LENGTH]), MAX_QUERY_TOKENS):
        if clause is None:
            is_alternative = bool(groups)
        elif minus:
            excluded.append(clause)
        elif is_alternative:
            groups[-1] = (*groups[-1], clause)
            is_alternative = False
        else:
            groups.append((clause,))
    return Question(_without_stops(groups), tuple(excluded))


def _clauses(typed: str) -> Iterator[tuple[bool, Clause | None]]:
    """(is excluded, clause); a clause of None stands for `or`."""
    for piece in _PIECE.finditer(typed.replace("\x00", " ")):
        word = piece["word"]
        if word is not None and word.lower() == "or":
            yield False, None
        elif found := tuple(tokens(word if word is not None else piece["phrase"])[:MAX_QUERY_TOKENS]):
            yield bool(piece["minus"]), Clause(found)


def _without_stops(groups: list[tuple[Clause, ...]]) -> tuple[tuple[Clause, ...], ...]:
    """Single stop words go, unless the question is made of nothing else."""
    telling = [group for group in groups if any(c.is_phrase or c.tokens[0] not in ANY_STOPS for c in group)]
    return tuple(telling or groups)
