"""The buyers: each lives through one purchase in its own thread, and tells what came of it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.doors import ApiDoor, Door, PageDoor, PaymentPage, log_in
from tests.chaos.patience import Errors, GaveUp, Patience, Refused, at_once
from tests.chaos.plan import Person, Purchase

RETURN_PAGE_SECONDS = 30.0  # for which the shop's own return page asks


@dataclass
class Story:
    """What a buyer knows of a purchase when it is over."""

    purchase: Purchase
    paid_at: dict[str, float] = field(default_factory=dict)
    """When Stripe's page said yes, in seconds since the epoch, by session."""
    declined: int = 0
    saw_it_paid: bool = False
    asked_refund: bool = False
    trouble: str = ""
    is_over: bool = False


class Crowd:
    """Starts each purchase at its time. `patience`: for how many seconds from now its buyers try again.

    Their threads never hold the program back from its end.
    """

    def __init__(self, site: str, stripe: str, purchases: Sequence[Purchase], patience: float) -> None:
        self.site = site
        self.stripe = stripe
        self.errors = Errors()
        self.stories = [Story(purchase) for purchase in purchases]
        self.over_at = time.monotonic() + patience
        self.cookies: dict[Person, dict[str, str]] = {}

    def log_in(self) -> None:
        """Everybody, before the first purchase: how a log-in fares in an outage is not what is measured."""
        patience = Patience(self.errors, self.over_at)
        for person in dict.fromkeys(story.purchase.buyer for story in self.stories):
            self.cookies[person] = log_in(self.site, person, patience)

    def start(self) -> None:
        threading.Thread(target=self._send_in, daemon=True).start()

    @property
    def is_gone(self) -> bool:
        return all(story.is_over for story in self.stories)

    @property
    def line(self) -> str:
        """For the progress report."""
        over = sum(story.is_over for story in self.stories)
        paid = sum(bool(story.paid_at) for story in self.stories)
        return f"{paid:>4} paid, {over:>4} buyers gone, {sum(self.errors.counts.values()):>4} errors seen"

    def _send_in(self) -> None:
        began = time.monotonic()
        for story in self.stories:
            time.sleep(max(0.0, began + story.purchase.starts_after - time.monotonic()))
            threading.Thread(target=self._live, args=[story], daemon=True).start()

    def _live(self, story: Story) -> None:
        patience = Patience(self.errors, self.over_at)
        person = story.purchase.buyer
        door: Door = (
            ApiDoor(self.site, person.token, patience)
            if story.purchase.by_api
            else PageDoor(self.site, self.cookies[person], patience)
        )
        try:
            Buyer(story, door, PaymentPage(self.stripe, patience)).buy()
        except (GaveUp, Refused) as error:
            story.trouble = str(error)
        except Exception as error:  # an answer nobody foresaw must not look like a quiet buyer
            story.trouble = f"{type(error).__name__}: {error}"
        finally:
            story.is_over = True


class Buyer:
    """One purchase from the first click to the last look."""

    def __init__(self, story: Story, door: Door, payment_page: PaymentPage) -> None:
        self.story = story
        self.purchase = story.purchase
        self.door = door
        self.payment_page = payment_page

    def buy(self) -> None:
        sessions = self._order()
        if self.purchase.changes_mind and isinstance(self.door, PageDoor):
            for session in sessions:
                self.door.cancel(self.payment_page.order_id(session))
            sessions += self._order()
        # Whoever is shown two payment pages is the kind that pays both.
        for session in dict.fromkeys(sessions):
            self._pay(session)
        if self.purchase.orders_again:
            self.door.another_wish()
            for session in self._order():
                self._pay(session)
        if not self.story.paid_at:
            raise Refused("no payment page took the money")
        self._afterwards(next(reversed(self.story.paid_at)))

    def _order(self) -> list[str]:
        clicks = 2 if self.purchase.orders_with_a_double_click else 1
        return at_once(lambda: self.door.order(self.purchase.slug), clicks)

    def _pay(self, session: str) -> None:
        *declined, good = self.purchase.cards
        for card in declined:
            self.story.declined += self.payment_page.pay(session, card) == "declined"
        clicks = 2 if self.purchase.pays_with_a_double_click else 1
        if "paid" in at_once(lambda: self.payment_page.pay(session, good), clicks):
            self.story.paid_at[session] = time.time()

    def _afterwards(self, session: str) -> None:
        if not self.purchase.comes_back and not self.purchase.wants_refund:
            return
        order_id = self.payment_page.order_id(session)
        self.story.saw_it_paid = self._wait_for_the_shop(session, order_id)
        if self.purchase.wants_refund:
            self.door.refund(order_id)
            self.story.asked_refund = True
        elif self.story.saw_it_paid:
            self.door.read()

    def _wait_for_the_shop(self, session: str, order_id: str) -> bool:
        """Whoever wants a refund waits for as long as it takes; others leave when the page says so."""
        leaves_at = time.monotonic() + RETURN_PAGE_SECONDS
        if self.purchase.wants_refund:
            what = "the order does not become paid"
            self.payment_page.patience.until(lambda: self.door.come_back(session, order_id), what)
            return True
        while not (is_paid := self.door.come_back(session, order_id)) and time.monotonic() < leaves_at:
            time.sleep(1)
        return is_paid
