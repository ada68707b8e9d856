"""When all is at rest: our books, pages, API, file and access against the model and against Stripe."""

import csv
import datetime
from collections import Counter, defaultdict
from dataclasses import asdict, astuple
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import SellerProfile
from common import clock
from common.money import format_money
from payments.models import (
    Account,
    ConnectedAccount,
    CouponUse,
    Dispute,
    Entitlement,
    LedgerEntry,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    Payout,
    PayoutStatus,
    Refund,
    RefundStatus,
    SellerDay,
)
from payments.queries import SalesTotals, seller_balance, seller_totals
from payments.queries_coupons import coupons_of
from payments.queries_stats import SalesFigures, figures_so_far
from tests.payments.histories.model import HOLD
from tests.payments.histories.outside import Json
from tests.payments.histories.world import World


def books_check(world: World) -> None:
    """AssertionError says where two of them differ."""
    payments_check(world)
    processing_tell(world)
    refunds_check(world.outside.everything("refunds"))
    accounts_check(world)
    disputes_check(world)
    payouts_check(world)
    access_check(world)
    orders_check(world)
    coupons_check(world)
    nothing_is_held_too_long()
    for seller in world.sellers:
        seller_check(world, seller)
    nobody_edits_the_ledger()


def payments_check(world: World) -> None:
    """Each paid page is a payment of its order; one settles it, the others are surplus."""
    paid = {
        (session["client_reference_id"], session["payment_intent"])
        for session in world.sessions()
        if session["payment_status"] == "paid"
    }
    rows = Payment.objects.values_list("order_id", "stripe_payment_intent_id")
    same({(str(order), intent) for order, intent in rows}, paid, "payments")
    settled = Counter(Payment.objects.filter(is_surplus=False).values_list("order_id", flat=True))
    assert set(settled.values()) <= {1}
    same({str(order) for order in settled}, {order for order, _ in paid}, "paid orders")


def processing_tell(world: World) -> None:
    """Tell the model what Stripe kept of each payment that settled an order."""
    fees = {
        movement["source"]: movement["fee"]
        for movement in world.outside.everything("balance_transactions")
        if movement["type"] in ("charge", "payment")
    }
    for payment in Payment.objects.filter(is_surplus=False):
        world.model.processing_told(payment.order_id, fees[payment.stripe_charge_id])


def refunds_check(at_stripe: list[Json]) -> None:
    """Every refund at Stripe is one of ours, and none of ours was made twice."""
    rows = {refund.stripe_refund_id: refund for refund in Refund.objects.select_related("payment")}
    rows.pop(None, None)
    found = {
        key: (row.payment.stripe_payment_intent_id, row.amount, row.status == RefundStatus.SUCCEEDED)
        for key, row in rows.items()
    }
    expected = {
        refund["id"]: (refund["payment_intent"], refund["amount"], refund["status"] == "succeeded")
        for refund in at_stripe
    }
    same(found, expected, "refunds")
    named = Counter(row for refund in at_stripe if (row := refund["metadata"].get("refund_id")))
    assert set(named.values()) <= {1}, named


def accounts_check(world: World) -> None:
    """Each account to the cent: what Stripe has by Stripe's word, what people are owed by the model's."""
    model, stripe = world.model, world.outside
    movements, transfers = stripe.everything("balance_transactions"), stripe.everything("transfers")
    surplus = surplus_left()
    held, lost = model.borne_by_platform(surplus)
    sellers = [seller.pk for seller in world.sellers]
    paid_out = sum(model.paid_out(seller) for seller in sellers)

    def of_type(*types: str) -> int:
        return sum(movement["amount"] for movement in movements if movement["type"] in types)

    expected = {
        Account.STRIPE_CLEARING: stripe.balance(),
        Account.PROCESSING_FEES: sum(movement["fee"] for movement in movements)
        - of_type("stripe_fee")
        - model.borne_by_links(),
        Account.CONNECTED_ACCOUNTS: sum(sent["amount"] - sent["amount_reversed"] for sent in transfers),
        Account.PLATFORM_REVENUE: lost - model.fees(),
        Account.SELLER_PENDING: -sum(model.owed(seller, is_released=False) for seller in sellers),
        Account.SELLER_AVAILABLE: -sum(model.available(seller) for seller in sellers),
        Account.SELLER_PAID_OUT: -paid_out,
        Account.BUYER_SURPLUS: -sum(surplus.values()),
        Account.DISPUTES_HELD: held,
        Account.PLATFORM_BANK: -of_type("payout", "payout_failure"),
    }
    sums = ledger_sums()
    same({account: sums.get(account, 0) for account in expected}, expected, "accounts")
    assert sum(expected.values()) == 0


def ledger_sums() -> dict[str, int]:
    entries = LedgerEntry.objects.values_list("account").order_by("account")
    return dict(entries.annotate(total=Sum("amount")))


def surplus_left() -> dict[int, int]:
    """What was paid twice and has not gone back, by payment."""
    found = {payment.pk: payment.amount for payment in Payment.objects.filter(is_surplus=True)}
    for refund in Refund.objects.filter(payment__in=found, status=RefundStatus.SUCCEEDED):
        found[refund.payment_id] -= refund.amount
    return found


def disputes_check(world: World) -> None:
    """What banks decided, and each of their movements of money, is known here. Mere questions may be lost."""
    at_stripe = {
        dispute["id"]: (dispute["status"], {moved["id"] for moved in dispute["balance_transactions"]})
        for dispute in world.outside.everything("disputes")
    }
    here = {
        dispute.stripe_dispute_id: (
            dispute.status,
            set(dispute.movements.values_list("stripe_balance_transaction_id", flat=True)),
        )
        for dispute in Dispute.objects.all()
    }
    same(here, {key: told for key, told in at_stripe.items() if key in here or told[1]}, "disputes")


def payouts_check(world: World) -> None:
    """One transfer for each payout that was made, none for any other; taken back as much as Stripe says."""
    at_stripe: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for sent in world.outside.everything("transfers"):
        at_stripe[sent["transfer_group"]].append((sent["amount"], sent["amount_reversed"]))
    here = {
        str(payout.pk): [(payout.amount, payout.reversed_amount)]
        for payout in Payout.objects.filter(status__in=[PayoutStatus.PAID, PayoutStatus.REVERSED])
    }
    same(here, dict(at_stripe), "transfers")
    for account in ConnectedAccount.objects.exclude(stripe_account_id=None):
        if account.is_gone:
            continue  # nobody shows us what is in it
        key = account.stripe_account_id
        balance, to_bank = world.outside.balance(key), world.outside.everything("payouts", key)
        sent = sum(payout["amount"] for payout in to_bank if payout["status"] == "paid")
        kept = account.payouts.filter(pk__in=here).aggregate(total=Sum("amount") - Sum("reversed_amount"))
        same(balance + sent, kept["total"] or 0, f"money sent to {key}")
        known = dict(account.bank_payouts.values_list("stripe_payout_id", "status"))
        same(known, {payout["id"]: payout["status"] for payout in to_bank}, f"bank payouts of {key}")


def access_check(world: World) -> None:
    """Who may read what: those who paid and did not get it back."""
    active = Entitlement.objects.filter(revoked_at=None)
    same(set(active.values_list("buyer_id", "listing_id")), world.model.access(), "access")


def orders_check(world: World) -> None:
    for order in Order.objects.all():
        sale = world.model.orders[order.pk]
        same(order.is_paid, bool(sale.paid_at), f"{order} paid")
        if sale.paid_at:
            same(order.status, sale.status, f"{order} status")


def coupons_check(world: World) -> None:
    """A coupon is free again when its order ended unpaid, and its seller sees what it took off."""
    for use in CouponUse.objects.select_related("order"):
        ended = not use.order.is_paid and use.order.status != OrderStatus.PENDING
        again = CouponUse.objects.filter(coupon=use.coupon_id, buyer=use.buyer_id, released_at=None)
        is_free = bool(use.released_at)
        assert is_free == ended or (is_free and again.exclude(pk=use.pk).exists()), f"{use}"
    off: Counter[str] = Counter()
    for sale in world.model.paid.values():
        if sale.coupon:
            off[sale.coupon.code] += sum(line.off for line in sale.lines)
    for seller in world.sellers:
        told = {standing.coupon.code: standing.discount_amount for standing in coupons_of(seller)}
        same(told, {code: off[code] for code in told}, f"coupons of {seller}")


def seller_check(world: World, seller: SellerProfile) -> None:
    """One seller's money: ledger, page, API, file and model say the same."""
    model, balance, totals = world.model, seller_balance(seller), seller_totals(seller)
    pending, released = (model.owed(seller.pk, is_released=released) for released in (False, True))
    paid_out = model.paid_out(seller.pk)
    same(astuple(balance), ("usd", pending, released - paid_out, paid_out), f"balance of {seller}")
    said = ask_api(world, seller, "balance/")
    same(said, asdict(balance), f"balance of {seller} in the API")
    sales = ask_api(world, seller, "sales/?limit=100")["results"]
    lines = sales_file(seller)
    numbers = [sale["order_number"] for sale in reversed(sales)]
    same([line["order_number"] for line in lines], numbers, f"sales of {seller} in file and API")
    same(len(sales), totals.count, f"count of sales of {seller}")
    for name, total in (
        ("unit_amount", None),
        ("discount_amount", None),
        ("platform_fee_amount", totals.fee_amount),
        ("seller_amount", totals.net_amount),
        ("refunded_amount", None),
    ):
        in_api, in_file = (sum(int(row[name]) for row in rows) for rows in (sales, lines))
        same(in_file, in_api, f"{name} in file and API")
        same(in_api if total is None else total, in_api, f"{name} on the page and in the API")
    gross = sum(sale["unit_amount"] - sale["discount_amount"] for sale in sales)
    same(totals.gross_amount, gross, "what was sold for on the page and in the API")
    same(sum(int(line["refunded_share_amount"]) for line in lines), totals.refunded_amount, "refunded shares")
    same(
        sum(int(line["kept_amount"]) for line in lines), pending + released, "kept by the file and the model"
    )
    overview_check(world, seller, totals)


def overview_check(world: World, seller: SellerProfile, totals: SalesTotals) -> None:
    """The days summed up: roll-ups, overview, API and balance say the same."""
    found, balance = figures_so_far(seller), seller_balance(seller)
    same(
        found,
        SalesFigures(
            sales_count=totals.count,
            gross_amount=totals.gross_amount,
            discount_amount=found.discount_amount,
            fee_amount=totals.fee_amount,
            net_amount=totals.net_amount,
            processing_amount=totals.processing_amount,
            refunded_amount=totals.refunded_amount,
            disputed_amount=totals.disputed_amount,
        ),
        f"days of {seller}",
    )
    earned = balance.pending_amount + balance.available_amount + balance.paid_out_amount
    same(found.kept_amount, earned, f"kept on all days of {seller}")
    last = clock.now().date()
    first = last - datetime.timedelta(days=365)
    if SellerDay.objects.filter(seller=seller, day__lt=first).exists():
        return  # so long a history is more than the API tells at once
    stats = ask_api(world, seller, f"stats/?from={first}&to={last}")
    said = {name: stats["figures"][name] for name in asdict(found)}
    same(said, asdict(found), f"stats of {seller} in the API")
    same(sum(day["net_amount"] for day in stats["days"]), found.net_amount, f"days of {seller} in the API")
    _, browser = clients()
    browser.force_login(seller.user)
    page = browser.get(f"/sell/?from={first}&to={last}").content.decode()
    for amount in (found.net_amount, found.refunded_amount, found.kept_amount):
        assert format_money(amount, "usd") in page, f"{amount} is not on the overview of {seller}"


def same(found: Any, expected: Any, what: object) -> None:
    """AssertionError with what differs, and only that."""
    if found == expected:
        return
    if isinstance(found, dict):
        keys = {key for key in (*found, *expected) if found.get(key) != expected.get(key)}
        found, expected = ({key: side[key] for key in keys & side.keys()} for side in (found, expected))
    elif isinstance(found, set):
        found, expected = found - expected, expected - found
    raise AssertionError(f"{what}: {found} here, {expected} there")


@cache
def clients() -> tuple[APIClient, Client]:
    """Made once: each would read all static files again."""
    return APIClient(), Client()


def ask_api(world: World, seller: SellerProfile, path: str) -> Json:
    api, _ = clients()
    bearer = {"Authorization": f"Bearer {world.tokens[seller.pk]}"}
    found: Json = api.get(f"/api/v1/seller/{path}", headers=bearer).json()
    return found


def sales_file(seller: SellerProfile) -> list[dict[str, str]]:
    """What the seller downloads."""
    _, browser = clients()
    browser.force_login(seller.user)
    answer = browser.get("/sell/sales/sales.csv")
    return list(csv.DictReader(b"".join(answer).decode().splitlines()))


def nothing_is_held_too_long() -> None:
    """Earnings whose holding time is over can be paid out."""
    late = OrderItem.objects.filter(paid_at__lte=clock.now() - HOLD, earnings_released_at=None)
    assert not late.exists()


def nobody_edits_the_ledger() -> None:
    """The application cannot, whatever it tries."""
    for statement in (
        "UPDATE payments_ledgerentry SET amount = amount + 1",
        "DELETE FROM payments_ledgerentry",
        "UPDATE payments_journal SET kind = 'sale'",
        "DELETE FROM payments_journal",
        "TRUNCATE payments_ledgerentry",
    ):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError:
            continue
        raise AssertionError(f"The application may {statement}")
