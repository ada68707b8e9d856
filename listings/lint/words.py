"""Texts as words: how alike two are, how much of one stands in another, and which language they are in."""

from collections import Counter

from listings.words import shingles, words

SHINGLE = 5
# The commonest short words of languages that are told apart; only these two are answered with.
_COMMON = {
    code: frozenset(common.split())
    for code, common in {
        "en": "the of and to in is that for with you your it as be this are on or not",
        "fr": "le la les de des du et en est que pour avec vous votre un une dans ou pas sur",
        "es": "el la los las de del y en es que para con tu su un una por o no se como más",
        "pt": "o a os as de do da e em é que para com você seu um uma por ou não se como mais",
        "it": "il lo la gli le di del e in è che per con tuo un una o non si come più",
        "de": "der die das und zu in ist dass für mit du ihr dein ein eine oder nicht auf",
    }.items()
}
_ANSWERED = ("en", "fr")
_ENOUGH_WORDS = 40
_CLEARLY = 1.4


def share_given_away(secret: str, public: str) -> float:
    """Which part of the secret text's runs of words can be read in the public one, from 0 to 1."""
    hidden = shingles(secret, SHINGLE)
    return len(hidden & shingles(public, SHINGLE)) / len(hidden) if hidden else 0.0


def likeness(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 1: the words they share, counted (Dice)."""
    first, second = Counter(words(one)), Counter(words(other))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def longest_shared_run(secret: str, public: str, *, least: int) -> str:
    """The first run of at least `least` words that both texts have, as words; empty without one."""
    hidden = shingles(secret, least)
    found = words(public)
    for start in range(len(found) - least + 1):
        if tuple(found[start : start + least]) in hidden:
            return " ".join(found[start : start + least])
    return ""


def language_of(text: str) -> str:
    """`en` or `fr` where the common words say so clearly, else nothing."""
    found = words(text)
    if len(found) < _ENOUGH_WORDS:
        return ""
    counts = {code: sum(word in common for word in found) for code, common in _COMMON.items()}
    best = max(counts, key=lambda code: counts[code])
    rival = max(count for code, count in counts.items() if code != best)
    is_clear = counts[best] >= len(found) // 12 and counts[best] >= _CLEARLY * rival
    return best if is_clear and best in _ANSWERED else ""
