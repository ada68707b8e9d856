"""Money goes back: asked for by buyer, seller and moderator, made at Stripe, and refused by banks."""

from hypothesis import strategies as st

from accounts.models import User
from payments.models import Order, RefundReason
from payments.services import refund_request
from tests.payments.histories.base import NUMBERS, Rules, rule
from tests.payments.histories.rules_buying import has_orders, has_sales
from tests.payments.histories.world import pick

WHO = st.sampled_from([RefundReason.BUYER_REQUEST, RefundReason.SELLER, RefundReason.MODERATOR])
# In hundredths of what the item or order costs; None asks for all that is left.
PERCENT = st.one_of(st.none(), st.integers(1, 100))


class RefundRules(Rules):
    @has_sales
    @rule(order=NUMBERS, who=WHO, percent=PERCENT)
    def refund_of_order_asked_for(self, order: int, who: RefundReason, percent: int | None) -> None:
        if paid := self._paid_orders():
            chosen = pick(paid, order)
            amount = percent and chosen.total_amount * percent // 100
            refund = refund_request(order=chosen, by=self._person(chosen, who), reason=who, amount=amount)
            self.world.model.refund_wished(refund.pk, None)

    @has_sales
    @rule(order=NUMBERS, item=NUMBERS, who=WHO, percent=PERCENT)
    def refund_of_item_asked_for(self, order: int, item: int, who: RefundReason, percent: int | None) -> None:
        if paid := self._paid_orders():
            chosen = pick(paid, order)
            line = pick(chosen.items.order_by("pk"), item)
            amount = percent and line.net_amount * percent // 100
            by = self._person(chosen, who)
            refund = refund_request(order=chosen, by=by, reason=who, item=line, amount=amount)
            self.world.model.refund_wished(refund.pk, line.pk)

    @has_orders
    @rule(payment=NUMBERS, percent=PERCENT)
    def refund_made_at_stripe(self, payment: int, percent: int | None) -> None:
        """In its dashboard, by staff; also of payments we have not heard of yet."""
        charges = [charge for charge in self.world.outside.everything("charges") if charge["paid"]]
        if charges:
            chosen = pick(charges, payment)
            amount = {"amount": max(1, chosen["amount"] * percent // 100)} if percent else {}
            self.world.outside.post("refunds", payment_intent=chosen["payment_intent"], **amount)

    @has_sales
    @rule(refund=NUMBERS)
    def refund_came_back_from_the_bank(self, refund: int) -> None:
        if refunds := self.world.outside.everything("refunds"):
            self.world.outside.press(f"refunds/{pick(refunds, refund)['id']}/fail")

    def _paid_orders(self) -> list[Order]:
        return [order for order in self.world.orders() if order.paid_at]

    def _person(self, order: Order, who: RefundReason) -> User:
        return order.buyer if who == RefundReason.BUYER_REQUEST else self.world.staff
