"""The properties of the template language on templates that Hypothesis makes; `make fuzz` tries many more."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.listings.templating_properties import known_holds, wild_holds

CHANCE = st.randoms(use_true_random=False)


@given(CHANCE)
@settings(max_examples=300)
def test_a_template_becomes_what_it_was_to_become(chance: random.Random) -> None:
    known_holds(chance)


@given(CHANCE)
@settings(max_examples=300)
def test_of_anything_at_all_every_blank_is_filled_and_nothing_raises(chance: random.Random) -> None:
    wild_holds(chance)
