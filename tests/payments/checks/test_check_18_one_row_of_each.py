"""Check 18, the database's part: where one row may stand for a thing, the database refuses a second.

Behind every lock and every look there is such a rule, so that a mistake in our code books nothing twice.
"""

import datetime
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from payments import tasks
from payments.models import (
    BankPayout,
    ClaimPicture,
    Finding,
    Payout,
    PayoutReversal,
    PayoutRun,
    Refund,
    StripeCursor,
)
from payments.services import order_create
from payments.services.carts import cart_add
from payments.services.coupons import coupon_create
from payments.services.refund_claims import refund_claim_accept
from tests.factories import UserFactory
from tests.payments.checks import waiting_work
from tests.payments.claiming import bought_and_read, claim_of
from tests.payments.paying_out import onboard, seller_with
from tests.payments.support import paid_order, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone", "empty_stripe")]

NOW = datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)


def bank_payout() -> None:
    account = onboard(seller_with(1000))
    told = {"currency": "usd", "status": "paid", "arrives_at": NOW, "created_at": NOW}
    BankPayout.objects.create(account=account, stripe_payout_id="po_1", amount=1000, **told)


def sent_refund() -> None:
    waiting_work.refund()
    Refund.objects.update(stripe_refund_id="re_1")


def sent_payout() -> None:
    waiting_work.payout()
    Payout.objects.update(stripe_transfer_id="tr_1")


def sent_reversal() -> None:
    waiting_work.payout_reversal()
    PayoutReversal.objects.update(stripe_reversal_id="trr_1")


def finding() -> None:
    Finding.objects.create(source="invariant", kind="off", subject="order:1", detail="By a cent.")


def waiting_cart() -> None:
    cart_add(user=UserFactory(), listing_slug=published_listing().slug)


def coupon_in_use() -> None:
    listing = published_listing(price_amount=999)
    coupon_create(seller=listing.seller, code="ONCE", percent=100, listing_slugs=[listing.slug])
    order_create(buyer=UserFactory(), listing_slugs=[listing.slug], coupon_code="ONCE")


def open_claim() -> None:
    claim_of(bought_and_read())


def refunded_claim() -> None:
    claim = claim_of(bought_and_read())
    refund_claim_accept(claim=claim, seller=claim.item.seller)


def claim_with_picture() -> None:
    claim = claim_of(bought_and_read())
    ClaimPicture.objects.create(claim=claim, content=b"RIFF", width=64, height=64)


def summed_up_day() -> None:
    paid_order()
    tasks.days_roll()


RULES: list[tuple[str, set[str], Callable[[], Any]]] = [
    ("marketplace_idempotencyrecord", {"user_id", "key"}, waiting_work.old_idempotency_record),
    ("payments_stripeevent", {"stripe_event_id"}, waiting_work.event),
    ("payments_order", {"number"}, paid_order),
    ("payments_order", {"stripe_session_id"}, paid_order),
    ("payments_orderitem", {"order_id", "listing_id"}, paid_order),
    ("payments_payment", {"stripe_payment_intent_id"}, paid_order),
    ("payments_payment", {"order_id"}, paid_order),
    ("payments_delivery", {"order_id"}, paid_order),
    ("payments_entitlement", {"item_id"}, paid_order),
    ("payments_entitlement", {"buyer_id", "listing_id"}, paid_order),
    ("payments_journal", {"kind", "cause"}, paid_order),
    ("payments_refund", {"stripe_refund_id"}, sent_refund),
    ("payments_refunditem", {"refund_id", "item_id"}, waiting_work.refund),
    ("payments_dispute", {"stripe_dispute_id"}, waiting_work.evidence_to_submit),
    ("payments_disputemovement", {"stripe_balance_transaction_id"}, waiting_work.evidence_to_submit),
    ("payments_disputeitem", {"dispute_id", "item_id"}, waiting_work.evidence_to_submit),
    ("payments_disputeevidence", {"dispute_id"}, waiting_work.evidence_to_submit),
    ("payments_connectedaccount", {"seller_id"}, waiting_work.account),
    ("payments_connectedaccount", {"stripe_account_id"}, waiting_work.account),
    ("payments_payout", {"stripe_transfer_id"}, sent_payout),
    ("payments_payoutreversal", {"stripe_reversal_id"}, sent_reversal),
    ("payments_payoutrun", {"week_begins"}, lambda: PayoutRun.objects.create(week_begins=NOW.date())),
    ("payments_bankpayout", {"stripe_payout_id"}, bank_payout),
    ("payments_stripecursor", {"name"}, lambda: StripeCursor.objects.create(name="events", position=NOW)),
    ("payments_finding", {"source", "kind", "subject"}, finding),
    ("payments_cartline", {"user_id", "listing_id"}, waiting_cart),
    ("payments_coupon", {"code"}, coupon_in_use),
    ("payments_coupon_listings", {"coupon_id", "listing_id"}, coupon_in_use),
    ("payments_couponuse", {"order_id"}, coupon_in_use),
    ("payments_couponuse", {"coupon_id", "buyer_id"}, coupon_in_use),
    ("payments_textaccess", {"entitlement_id", "day", "via", "address"}, waiting_work.old_access),
    ("payments_gift", {"order_id"}, waiting_work.gift),
    ("payments_refundclaim", {"item_id"}, open_claim),
    ("payments_refundclaim", {"refund_id"}, refunded_claim),
    ("payments_claimpicture", {"claim_id"}, claim_with_picture),
    ("payments_sellerday", {"seller_id", "day"}, summed_up_day),
    ("payments_sellerlistingday", {"seller_id", "day", "listing_id"}, summed_up_day),
    ("payments_sellerdaypart", {"seller_id", "kind", "day", "name"}, summed_up_day),
]


@pytest.mark.parametrize(
    ("table", "columns", "make"), RULES, ids=[f"{rule[0]} {'+'.join(sorted(rule[1]))}" for rule in RULES]
)
def test_check_18_the_database_refuses_a_second_row(table, columns, make):
    make()
    second = like_the_first(table, alike=columns)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        insert(table, second)
    violated = refused.value.__cause__.diag.constraint_name
    assert columns_of_index(violated) == columns


def test_check_18_every_such_rule_of_the_money_path_is_tried():
    tried = {(table, frozenset(columns)) for table, columns, _make in RULES}
    assert tried == {
        (table, columns) for table, columns in unique_indexes() if table.startswith("payments_")
    } | {("marketplace_idempotencyrecord", frozenset({"user_id", "key"}))}


def like_the_first(table: str, *, alike: set[str]) -> dict[str, Any]:
    """A row that differs from the first one in every other column that has to be unique."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(first) FROM {table} first LIMIT 1")
        [found] = cursor.fetchone()
    row = json.loads(found) if isinstance(found, str) else found
    for column in {"id"} | {name for other, names in unique_indexes() if other == table for name in names}:
        if column not in alike:
            row[column] = another(row[column])
    return row


def another(value: Any) -> Any:
    """Foreign keys are looked at when a transaction ends, and this one never commits."""
    if value is None or isinstance(value, int):
        return None if value is None else value + 1_000_000
    try:
        uuid.UUID(value)
    except ValueError:
        return f"{value}x"[-20:]
    return str(uuid.uuid4())


def insert(table: str, row: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)", [json.dumps(row)]
        )


def unique_indexes() -> set[tuple[str, frozenset[str]]]:
    return {(table, columns) for table, _index, columns in _indexes()}


def columns_of_index(name: str) -> set[str]:
    return next(set(columns) for _table, index, columns in _indexes() if index == name)


def _indexes() -> list[tuple[str, str, frozenset[str]]]:
    """Table, name and the columns that must differ: those an index merely includes are not of the rule."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, array_agg(a.attname::text) "
            "FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND "
            "a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]) "
            "WHERE i.indisunique AND NOT i.indisprimary GROUP BY i.indrelid, i.indexrelid"
        )
        return [(table, index, frozenset(columns)) for table, index, columns in cursor.fetchall()]
