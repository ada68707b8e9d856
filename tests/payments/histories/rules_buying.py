"""Sellers change what they sell; buyers order, pay, come back, think again."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from listings.services.drafts import listing_update
from listings.services.review import listing_relist, listing_unlist
from payments.models import Entitlement, Order, SaleSource
from payments.services import checkout_return, entitlement_open, order_cancel, order_create
from payments.services.coupons import coupon_active_set
from tests.payments.histories.base import NUMBERS, Rules, rule
from tests.payments.histories.world import pick

CARDS = st.sampled_from(
    [
        "4242424242424242",
        "4000000000000077",  # pays, and the money is available at once
        "4000000000000002",  # declined
        "4000000000009995",
    ]
)
has_orders = precondition(lambda self: self.world.model.orders)
has_sales = precondition(lambda self: self.world.model.paid)
BASKETS = st.lists(NUMBERS, min_size=1, max_size=4)
COUPONS = st.one_of(st.none(), NUMBERS)


class BuyingRules(Rules):
    @rule(listing=NUMBERS, price=st.sampled_from([0, 300, 333, 777, 1999, 10_001]))
    def price_changed(self, listing: int, price: int) -> None:
        chosen = pick(self.world.listings, listing)
        chosen.price_amount = listing_update(listing=chosen, data={"price_amount": price}).price_amount

    @rule(listing=NUMBERS, on_sale=st.booleans())
    def listing_taken_off_or_back(self, listing: int, on_sale: bool) -> None:
        chosen = pick(self.world.listings, listing)
        (listing_relist if on_sale else listing_unlist)(listing=chosen, by=chosen.seller.user)

    @rule(coupon=NUMBERS, is_active=st.booleans())
    def coupon_stopped_or_back(self, coupon: int, is_active: bool) -> None:
        chosen = pick(self.world.coupons, coupon)
        seller = next((seller for seller in self.world.sellers if seller.pk == chosen.seller), None)
        coupon_active_set(seller=seller, code=chosen.code, is_active=is_active)

    @rule(buyer=NUMBERS, basket=BASKETS, coupon=COUPONS, by_link=st.booleans())
    def ordered(self, buyer: int, basket: list[int], coupon: int | None, by_link: bool) -> None:
        self._order(buyer, basket, coupon, by_link=by_link)

    @rule(buyer=NUMBERS, basket=BASKETS, coupon=COUPONS, at_once=st.booleans(), by_link=st.booleans())
    def bought(self, buyer: int, basket: list[int], coupon: int | None, at_once: bool, by_link: bool) -> None:
        """The usual way, in one step, so that histories get far."""
        self.buy(buyer, basket, coupon, at_once=at_once, by_link=by_link)

    def buy(
        self,
        buyer: int,
        basket: list[int],
        coupon: int | None = None,
        *,
        at_once: bool,
        by_link: bool = False,
    ) -> None:
        """`at_once`: the money can be moved on the same day. `by_link`: to the first seller."""
        order = self._order(buyer, basket, coupon, by_link=by_link)
        if order.stripe_session_id:
            card = "4000000000000077" if at_once else "4242424242424242"
            self.world.outside.pay(order.stripe_session_id, card=card)
            checkout_return(session_id=order.stripe_session_id, buyer=order.buyer)

    @has_orders
    @rule(session=NUMBERS, card=CARDS)
    def paid_by_card(self, session: int, card: str) -> None:
        """Any page ever made: open, closed, of a canceled order, or one whose address nobody got."""
        if sessions := self.world.sessions():
            self.world.outside.pay(pick(sessions, session)["id"], card=card)

    @has_orders
    @rule(session=NUMBERS, outcome=st.sampled_from(["complete", "fail"]))
    def paid_by_card_that_asks(self, session: int, outcome: str) -> None:
        if sessions := self.world.sessions():
            chosen = pick(sessions, session)["id"]
            self.world.outside.pay(chosen, card="4000002760003184", three_d_secure=outcome)

    @has_orders
    @rule(session=NUMBERS, arrives=st.booleans())
    def paid_by_bank_debit(self, session: int, arrives: bool) -> None:
        """Money that comes, or fails, four days later."""
        if sessions := self.world.sessions():
            account = "000123456789" if arrives else "000111111116"
            self.world.outside.pay(pick(sessions, session)["id"], bank_account=account)

    @has_orders
    @rule(session=NUMBERS, outcome=st.sampled_from(["succeeded", "failed"]))
    def bank_debit_ended(self, session: int, outcome: str) -> None:
        on_the_way = [
            found
            for found in self.world.sessions()
            if (found["status"], found["payment_status"]) == ("complete", "unpaid")
        ]
        if on_the_way:
            chosen = pick(on_the_way, session)["id"]
            self.world.outside.press(f"checkout/{chosen}/settle", {"outcome": outcome})

    @has_orders
    @rule(order=NUMBERS)
    def buyer_came_back(self, order: int) -> None:
        started = [found for found in self.world.orders() if found.stripe_session_id]
        if started:
            chosen = pick(started, order)
            checkout_return(session_id=chosen.stripe_session_id, buyer=chosen.buyer)

    @has_orders
    @rule(order=NUMBERS)
    def canceled(self, order: int) -> None:
        if orders := self.world.orders():
            order_cancel(order=pick(orders, order))

    @has_sales
    @rule(entitlement=NUMBERS)
    def text_opened(self, entitlement: int) -> None:
        if owned := list(Entitlement.objects.filter(revoked_at=None).order_by("item")):
            entitlement_open(entitlement=pick(owned, entitlement), via="page", address="127.0.0.1")

    def _order(self, buyer: int, basket: list[int], coupon: int | None, *, by_link: bool) -> Order:
        """The order as the shop makes it; the model hears of it also when Stripe did not answer."""
        chosen = pick(self.world.buyers, buyer)
        chosen_listings = [pick(self.world.listings, number) for number in basket]
        wanted = list({listing.pk: listing for listing in chosen_listings}.values())
        taken = None if coupon is None else pick(self.world.coupons, coupon)
        own = [each for each in wanted if by_link and each.seller_id == wanted[0].seller_id]
        try:
            return order_create(
                buyer=chosen,
                listing_slugs=[listing.slug for listing in wanted],
                coupon_code=taken.code if taken else "",
                sources={each.slug: SaleSource.OWN_LINK for each in own},
            )
        finally:
            self.world.orders_note(chosen, wanted, taken, {each.pk for each in own})
