"""Banks ask payments back, and decide; staff answer them."""

from hypothesis import strategies as st

from payments.models import Dispute
from payments.services.evidence import evidence_draft, evidence_request
from tests.payments.histories.base import NUMBERS, Rules, rule
from tests.payments.histories.outside import Json
from tests.payments.histories.rules_buying import has_orders
from tests.payments.histories.rules_refunds import PERCENT
from tests.payments.histories.world import pick


class DisputeRules(Rules):
    @has_orders
    @rule(payment=NUMBERS, percent=PERCENT, inquiry=st.booleans(), withdraw=st.booleans())
    def dispute_opened(self, payment: int, percent: int | None, inquiry: bool, withdraw: bool) -> None:
        """Of any payment; of a part or of all; asking first or not; the money at once or later."""
        charges = [charge for charge in self.world.outside.everything("charges") if charge["paid"]]
        if charges:
            chosen = pick(charges, payment)
            how: Json = {"inquiry": inquiry, "withdraw": withdraw}
            if percent:
                how["amount"] = max(1, chosen["amount"] * percent // 100)
            self.world.outside.press(f"charges/{chosen['id']}/dispute", how)

    @has_orders
    @rule(dispute=NUMBERS, withdraw=st.booleans())
    def inquiry_escalated(self, dispute: int, withdraw: bool) -> None:
        if chosen := self._dispute(dispute, "warning_needs_response", "warning_under_review"):
            self.world.outside.press(f"disputes/{chosen}/escalate", {"withdraw": withdraw})

    @has_orders
    @rule(dispute=NUMBERS)
    def dispute_took_its_money(self, dispute: int) -> None:
        if chosen := self._dispute(dispute):
            self.world.outside.press(f"disputes/{chosen}/withdraw")

    @has_orders
    @rule(dispute=NUMBERS, outcome=st.sampled_from(["won", "lost"]), reinstate=st.booleans())
    def dispute_decided(self, dispute: int, outcome: str, reinstate: bool) -> None:
        if chosen := self._dispute(dispute, "needs_response", "under_review", "warning_needs_response"):
            how = {"outcome": outcome} | ({"reinstate": reinstate} if outcome == "won" else {})
            self.world.outside.press(f"disputes/{chosen}/close", how)

    @has_orders
    @rule(dispute=NUMBERS)
    def dispute_gave_its_money_back(self, dispute: int) -> None:
        if chosen := self._dispute(dispute, "won"):
            self.world.outside.press(f"disputes/{chosen}/reinstate")

    @has_orders
    @rule(dispute=NUMBERS)
    def dispute_answered(self, dispute: int) -> None:
        """By staff, from the draft."""
        if known := list(Dispute.objects.order_by("pk")):
            chosen = pick(known, dispute)
            evidence_draft(dispute_pk=chosen.pk)
            evidence_request(dispute_pk=chosen.pk, by=self.world.staff)

    def _dispute(self, number: int, *statuses: str) -> str | None:
        """At Stripe, of one of these statuses, or any."""
        found = [
            dispute["id"]
            for dispute in self.world.outside.everything("disputes")
            if not statuses or dispute["status"] in statuses
        ]
        return pick(found, number) if found else None
