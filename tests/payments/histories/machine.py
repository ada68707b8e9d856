"""All rules together, and what must hold at the end of each history."""

import random
from contextlib import suppress

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from common.errors import DomainError
from tests.payments.histories.base import NUMBERS, kept
from tests.payments.histories.books import access_check, accounts_check, books_check, ledger_sums
from tests.payments.histories.rules_buying import BASKETS, BuyingRules
from tests.payments.histories.rules_disputes import DisputeRules
from tests.payments.histories.rules_mishaps import DAY, HOUR, MishapRules
from tests.payments.histories.rules_payouts import PayoutRules
from tests.payments.histories.rules_refunds import RefundRules
from tests.payments.histories.settling import PLANTED_IN, counts, everything_again, mismatch_is_told, settle
from tests.payments.histories.watch import watch
from tests.payments.histories.world import PRICES


class Histories(BuyingRules, RefundRules, DisputeRules, PayoutRules, MishapRules):
    """One history: an empty marketplace at the start, balanced books at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make_world()
        self.chance = random.Random(0)

    @initialize(
        sales=st.lists(st.tuples(NUMBERS, BASKETS, st.booleans()), max_size=3),
        without_account=st.sets(st.sampled_from(range(len(PRICES)))),
        matured=st.booleans(),
        chance=st.integers(0, 2**16),
    )
    def begun(
        self, sales: list[tuple[int, list[int], bool]], without_account: set[int], matured: bool, chance: int
    ) -> None:
        """Sales and sellers to go on from, at any hour of a week; `chance` orders what comes to rest."""
        self.has_failed = True
        assume(chance)  # each round begins with the simplest of all histories, the same one for every seed
        self.has_failed = False
        self.chance = random.Random(chance)
        self.world.clock_forward(self.chance.randrange(7 * DAY // HOUR) * HOUR)
        for seller in sorted(set(range(len(PRICES))) - without_account):
            self.set_up_payouts(seller, onboarded=True)
        for buyer, basket, at_once in sales:
            with suppress(DomainError):
                self.buy(buyer, basket, at_once=at_once)
        watch(self.world)
        if matured:
            self.mature()
            watch(self.world)

    @kept
    def teardown(self) -> None:
        """The end of a history, unless a step has failed and is to be told of."""
        if self.has_failed:
            return
        settle(self.world, self.chance)
        books_check(self.world)
        self.happened(counts(), ledger_sums())
        everything_again(self.world, self.chance)
        accounts_check(self.world)
        access_check(self.world)
        if self.chance.random() * PLANTED_IN < 1:
            mismatch_is_told(self.world, self.chance)
        self.on_end(self.length)
