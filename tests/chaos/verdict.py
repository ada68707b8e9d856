"""The verdict: what was lost, what came twice, and whether the books are right to the cent."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.buyers import Story
from tests.chaos.facts import OurFacts, Row, StripeFacts

PAID = {"paid", "partially_refunded", "refunded"}


@dataclass(frozen=True)
class Verdict:
    """Sentences about what is wrong; all empty when nothing is."""

    lost: list[str]
    doubled: list[str]
    off: list[str]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.off)


def judge(stripe: StripeFacts, ours: OurFacts, stories: Sequence[Story]) -> Verdict:
    return Verdict(
        lost=[*_payments_lost(stripe, ours), *_deliveries_lost(ours), *_refunds_lost(stripe, ours, stories)],
        doubled=[*_doubled_access(ours), *_doubled_money(stripe, ours), *_doubled_refunds(stripe, ours)],
        off=list(_books_off(stripe, ours)),
    )


def kept(charge: Row) -> bool:
    """Not given back in full."""
    return bool(charge["amount"] > charge["amount_refunded"])


def _payments_lost(stripe: StripeFacts, ours: OurFacts) -> Iterator[str]:
    """Each payment is known here, and delivered or given back."""
    granted = {row["order_id"] for row in ours.entitlements if row["is_active"]}
    for charge in stripe.charges:
        name = f"payment {charge['payment_intent']} of {charge['amount']}"
        payment = ours.payments.get(charge["payment_intent"])
        if payment is None:
            yield f"{name}: unknown here"
        elif payment["amount"] != charge["amount"] or payment["order_id"] != charge["metadata"]["order_id"]:
            yield f"{name}: booked as {payment}"
        elif kept(charge) and payment["is_surplus"]:
            yield f"{name}: surplus, and not given back"
        elif kept(charge) and payment["order_id"] not in granted:
            yield f"{name}: kept, and not delivered"
        elif not payment["is_surplus"] and ours.orders[payment["order_id"]]["status"] not in PAID:
            yield f"{name}: its order is {ours.orders[payment['order_id']]['status']}"


def _deliveries_lost(ours: OurFacts) -> Iterator[str]:
    """Each paid order's delivery is finished, and its receipt is in the mailbox."""
    for order_id, order in ours.orders.items():
        if order["status"] not in PAID:
            continue
        delivery = ours.deliveries.get(order_id)
        if delivery is None or not delivery["is_finished"] or order["delivered_at"] is None:
            yield f"order {order_id}: paid, its delivery is not finished"
        if not ours.receipts[order_id]:
            yield f"order {order_id}: no receipt in the mailbox"


def _refunds_lost(stripe: StripeFacts, ours: OurFacts, stories: Sequence[Story]) -> Iterator[str]:
    """What was promised was given back, and both sides know of the same refunds."""
    at_stripe = {refund["id"]: refund for refund in stripe.refunds}
    here = {row["stripe_refund_id"]: row for row in ours.refunds if row["status"] == "succeeded"}
    for refund_id in at_stripe.keys() ^ here.keys():
        side = "at Stripe" if refund_id in at_stripe else "here"
        yield f"refund {refund_id}: known {side} alone"
    for row in ours.refunds:
        if row["status"] != "succeeded":
            yield f"refund row {row['id']}: {row['status']}"
    orders = {order["session"]: order for order in ours.orders.values()}
    readable = {row["order_id"] for row in ours.entitlements if row["is_active"]}
    for session in (next(reversed(story.paid_at)) for story in stories if story.asked_refund):
        order = orders[session]
        if order["status"] != "refunded" or order["id"] in readable:
            yield f"order {order['id']}: its buyer was promised the money, and it is {order['status']}"


def _doubled_access(ours: OurFacts) -> Iterator[str]:
    """Each buyer wanted each listing once."""
    grants = Counter((row["buyer_id"], row["listing_id"]) for row in ours.entitlements)
    for (buyer, listing), times in grants.items():
        if times > 1:
            yield f"buyer {buyer}, listing {listing}: granted {times} times"


def _doubled_money(stripe: StripeFacts, ours: OurFacts) -> Iterator[str]:
    """Nobody paid twice for one wish and was left with it; nothing was booked twice."""
    paid: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for charge in filter(kept, stripe.charges):
        order = ours.orders.get(charge["metadata"]["order_id"])
        for listing in order["listings"] if order else []:
            paid[order["buyer_id"], listing].append(charge["payment_intent"])
    for (buyer, listing), intents in paid.items():
        if len(intents) > 1:
            yield f"buyer {buyer}, listing {listing}: paid {len(intents)} times and kept: {intents}"
    settling = Counter(row["order_id"] for row in ours.payments.values() if not row["is_surplus"])
    yield from (f"order {order}: {times} settling payments" for order, times in settling.items() if times > 1)
    booked = Counter((row["kind"], row["cause"]) for row in ours.journals)
    yield from (f"journal {kind} {cause}: {n} times" for (kind, cause), n in booked.items() if n > 1)


def _doubled_refunds(stripe: StripeFacts, ours: OurFacts) -> Iterator[str]:
    """Stripe refuses to give back more than was paid, so two for one row would be of another's money."""
    by_row = Counter(refund["metadata"].get("refund_id", refund["id"]) for refund in stripe.refunds)
    yield from (f"refund row {row}: {times} refunds at Stripe" for row, times in by_row.items() if times > 1)
    amounts = {row["id"]: row["amount"] for row in ours.refunds}
    for refund in stripe.refunds:
        if (row := refund["metadata"].get("refund_id")) and amounts.get(row) != refund["amount"]:
            yield f"refund row {row}: {amounts.get(row)} here, {refund['amount']} at Stripe"


def _books_off(stripe: StripeFacts, ours: OurFacts) -> Iterator[str]:
    for journal in ours.journals:
        if journal["total"] or not journal["entries"]:
            yield f"journal {journal['kind']} {journal['cause']}: off by {journal['total']}"
    sales = {row["cause"].removeprefix("order:") for row in ours.journals if row["kind"] == "sale"}
    paid = {order_id for order_id, order in ours.orders.items() if order["status"] in PAID}
    yield from (f"order {order_id}: paid or booked as a sale, not both" for order_id in sales ^ paid)
    owed = -sum(total for name, total in ours.accounts.items() if name.startswith("seller_"))
    for name, here, there in (
        ("stripe_clearing against Stripe's balance", ours.accounts.get("stripe_clearing", 0), stripe.balance),
        ("processing_fees against Stripe's", ours.accounts.get("processing_fees", 0), stripe.kept_fees),
        ("owed to sellers against their items", owed, ours.owed_to_sellers),
        ("buyer_surplus against nothing", ours.accounts.get("buyer_surplus", 0), 0),
    ):
        if here != there:
            yield f"{name}: {here} and {there} cents"
