"""Prompts made up by number, as like and unlike one another as real ones: the same number is the same text.

Common words are common, openings and closings come from a small stock, one in ten is a few words long.
"""

import random
from collections.abc import Callable
from functools import cache
from itertools import accumulate

WORDS = 30_000
STOCK = 3_000
SHORT_EVERY = 10


def text_of(number: int) -> str:
    """One prompt: 8 to 30 words if it is a short one, else 60 to 300, a quarter of it stock sentences."""
    chance = random.Random(number)
    wanted = chance.randint(8, 30) if number % SHORT_EVERY == 0 else chance.randint(60, 300)
    sentences: list[str] = []
    count = 0
    while count < wanted:
        stock = chance.random() < 0.25
        sentence = _stock()[int(STOCK * chance.random() ** 3)] if stock else _sentence(chance)
        sentences.append(sentence)
        count += len(sentence.split())
    return ". ".join(sentences) + "."


def _shuffled(text: str, chance: random.Random) -> str:
    sentences = text.split(". ")
    chance.shuffle(sentences)
    return ". ".join(sentences)


def _words_exchanged(text: str, chance: random.Random) -> str:
    return " ".join(_word(chance) if chance.random() < 0.12 else word for word in text.split())


def _wrapped(text: str, chance: random.Random) -> str:
    return f"{_sentence(chance)}. {_sentence(chance)}. {text} {_sentence(chance)}."


def _beginning_cut(text: str, _chance: random.Random) -> str:
    words = text.split()
    return " ".join(words[len(words) // 3 :])


EDITS: dict[str, Callable[[str, random.Random], str]] = {
    "sentences in another order": _shuffled,
    "every eighth word exchanged": _words_exchanged,
    "an introduction and an end": _wrapped,
    "the first third cut": _beginning_cut,
}


@cache
def _stock() -> list[str]:
    chance = random.Random("stock")
    return [_sentence(chance) for _ in range(STOCK)]


def _sentence(chance: random.Random) -> str:
    return " ".join(_word(chance) for _ in range(chance.randint(5, 18)))


def _word(chance: random.Random) -> str:
    words, weights = _vocabulary()
    return chance.choices(words, cum_weights=weights)[0]


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Words by rank, with weights as Zipf found them; frequent ones are short."""
    chance = random.Random("words")
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    weight = [1.0 / (rank + 2.7) for rank in range(WORDS)]
    lengths = (2 + min(rank, 60) // 12 + chance.randint(0, 4) for rank in range(WORDS))
    words = ["".join(chance.choice(letters) for _ in range(length)) for length in lengths]
    return words, list(accumulate(weight))
