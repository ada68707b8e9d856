"""Sellers set up their accounts and are paid; staff take money back; Stripe and banks have their say."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from payments.models import Payout, PayoutTrigger
from payments.services.connect import account_ensure, account_sync
from payments.services.payout_reversals import payout_reverse
from payments.services.payouts import payout_request
from tests.payments.histories.base import NUMBERS, Rules, rule
from tests.payments.histories.rules_buying import has_sales
from tests.payments.histories.rules_mishaps import DAY
from tests.payments.histories.rules_refunds import PERCENT
from tests.payments.histories.world import pick

MINIMUM = 1_000
has_pending = precondition(lambda self: self.world.model.has_pending)
has_earnings = precondition(
    lambda self: any(self.world.model.available(seller.pk) >= MINIMUM for seller in self.world.sellers)
)
has_payouts = precondition(lambda self: self.world.model.payouts)


class PayoutRules(Rules):
    @rule(seller=NUMBERS, onboarded=st.booleans())
    def account_made(self, seller: int, onboarded: bool) -> None:
        self.set_up_payouts(seller, onboarded=onboarded)

    def set_up_payouts(self, seller: int, *, onboarded: bool) -> None:
        account = account_ensure(seller=pick(self.world.sellers, seller), country="US")
        if onboarded:
            self.world.outside.press(f"accounts/{account.stripe_account_id}/onboard")
            account_sync(account=account)

    @has_payouts
    @rule(seller=NUMBERS, transfers=st.booleans())
    def account_restricted(self, seller: int, transfers: bool) -> None:
        if account := self._account(seller):
            self.world.outside.press(f"accounts/{account}/restrict", {"transfers": transfers})

    @has_payouts
    @rule(seller=NUMBERS)
    def account_parted(self, seller: int) -> None:
        """Its owner ends the connection at Stripe; with luck another account follows."""
        if account := self._account(seller):
            self.world.outside.press(f"accounts/{account}/deauthorize")

    @has_pending
    @rule()
    def earnings_matured(self) -> None:
        self.mature()

    def mature(self) -> None:
        """Nine quiet days: held no longer, and the money is there at Stripe."""
        self.world.clock_forward(9 * DAY)
        self.world.task_run("payments.earnings_release")

    @has_earnings
    @rule(seller=NUMBERS, percent=PERCENT)
    def payout_asked_for(self, seller: int, percent: int | None) -> None:
        """Of all that is available, or of a part that is enough."""
        available = self.world.model.available
        chosen = pick([found for found in self.world.sellers if available(found.pk) >= MINIMUM], seller)
        amount = percent and max(MINIMUM, available(chosen.pk) * percent // 100)
        payout_request(seller=chosen, by=chosen.user, trigger=PayoutTrigger.REQUEST, amount=amount)

    @has_payouts
    @rule(payout=NUMBERS, percent=st.integers(1, 100))
    def payout_taken_back(self, payout: int, percent: int) -> None:
        """By staff."""
        chosen = pick(list(Payout.objects.order_by("created_at", "seller")), payout)
        amount = max(1, chosen.amount * percent // 100)
        payout_reverse(payout=chosen, amount=amount, by=self.world.staff, note="by mistake")

    @has_payouts
    @rule(payout=NUMBERS, percent=st.integers(1, 100))
    def payout_taken_back_at_stripe(self, payout: int, percent: int) -> None:
        """In its dashboard."""
        if transfers := self.world.outside.everything("transfers"):
            chosen = pick(transfers, payout)
            amount = max(1, chosen["amount"] * percent // 100)
            self.world.outside.post(f"transfers/{chosen['id']}/reversals", amount=amount)

    @has_payouts
    @rule(seller=NUMBERS, outcome=st.sampled_from(["paid", "failed"]))
    def bank_was_paid(self, seller: int, outcome: str) -> None:
        """What the seller's account has goes to the seller's bank, or comes back."""
        if account := self._account(seller):
            self.world.outside.press(f"accounts/{account}/payout", {"outcome": outcome})

    @has_sales
    @rule(outcome=st.sampled_from(["paid", "failed"]))
    def platform_was_paid(self, outcome: str) -> None:
        """Stripe sends what it has to the platform's bank, so that sellers' payouts may have to wait."""
        self.world.outside.press("platform/payout", {"outcome": outcome})

    @has_sales
    @rule(amount=st.integers(1, 300))
    def stripe_took_a_fee(self, amount: int) -> None:
        """One that belongs to no payment."""
        self.world.outside.press("platform/fee", {"amount": amount})

    def _account(self, seller: int) -> str | None:
        accounts = self.world.outside.everything("accounts")
        return pick(accounts, seller)["id"] if accounts else None
