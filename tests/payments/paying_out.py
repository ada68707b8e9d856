"""Steps that the payout tests share: sellers with money and an account, and looking at Stripe's side."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from accounts.models import SellerProfile
from common import clock
from common.ids import uuid7
from payments.models import ConnectedAccount, Journal, Payout, PayoutReversal, PayoutTrigger, StripeEvent
from payments.queries import seller_balance
from payments.services import checkout_return, events
from payments.services.connect import account_ensure, account_sync
from payments.services.earnings import earnings_release
from payments.services.payouts import payout_request, payout_send
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.support import balances, ordered, pay, published_listing, sandbox, stripe_get

AVAILABLE_AT_ONCE = "4000000000000077"


def seller_with(available: int = 4800, *, onboarded: bool = True) -> SellerProfile:
    """A seller with `available` minor units to be paid out, sold and released, and an account at Stripe."""
    seller = SellerProfileFactory.create()
    earn(seller, available)
    if onboarded:
        onboard(seller)
    return seller


def earn(seller: SellerProfile, available: int, *, is_released: bool = True) -> None:
    """One sale whose share is `available`, 80 % of the price; Stripe has the money at once."""
    buyer = UserFactory.create()
    order = ordered(buyer, published_listing(seller=seller, price_amount=available * 5 // 4))
    pay(order, AVAILABLE_AT_ONCE)
    order = checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    if is_released:
        earnings_release(item_id=order.items.get().pk)


def onboard(seller: SellerProfile) -> ConnectedAccount:
    account = account_ensure(seller=seller, country="US")
    sandbox(f"accounts/{account.stripe_account_id}/onboard")
    return account_sync(account=account)


def parted(account: ConnectedAccount) -> None:
    """Its owner ended the connection at Stripe, and we know it."""
    sandbox(f"accounts/{account.stripe_account_id}/deauthorize")
    assert account_sync(account=account).is_gone


def arrives(
    type_: str, stripe_object: dict[str, Any], account: str | None, *, is_connect: bool = True
) -> None:
    """An event, stored and handled."""
    event = {"id": f"evt_{uuid7()}", "type": type_, "data": {"object": stripe_object}}
    events.event_store(event=event | ({"account": account} if account else {}), is_connect=is_connect)
    assert events.event_handle(event_pk=StripeEvent.objects.latest("pk").pk)


def asked(seller: SellerProfile, amount: int | None = None) -> Payout:
    return payout_request(seller=seller, by=seller.user, trigger=PayoutTrigger.REQUEST, amount=amount)


def sent(payout: Payout) -> Payout:
    """After one more attempt, as if the pause after the last were over."""
    due_now(payout)
    payout_send(payout_id=payout.pk)
    payout.refresh_from_db()
    return payout


def account_of(seller: SellerProfile) -> ConnectedAccount:
    """Fresh from the database."""
    return ConnectedAccount.objects.get(seller=seller, replaced_at=None)


def available_of(seller: SellerProfile) -> int:
    return seller_balance(seller).available_amount


def journals_of(payout: Payout) -> list[str]:
    """What was booked for it, in order."""
    journals = Journal.objects.filter(cause=f"payout:{payout.pk}").order_by("pk")
    return list(journals.values_list("kind", flat=True))


def transfers() -> list[dict[str, Any]]:
    return list(stripe_get("transfers?limit=100")["data"])


def stripe_balance(account: ConnectedAccount | None = None) -> int:
    """All that the platform, or a seller's account, has at Stripe."""
    found = stripe_get("balance", account=account.stripe_account_id if account else None)
    return sum(part["amount"] for part in [*found["available"], *found["pending"]])


def books_equal_stripe() -> bool:
    """Our two accounts of money at Stripe are what Stripe says, to the cent.

    What has gone on to sellers' banks was sent to their accounts before.
    """
    accounts = ConnectedAccount.objects.all()
    sent_on = sum(stripe_balance(account) + _at_the_bank(account) for account in accounts)
    at_stripe = {"stripe_clearing": stripe_balance(), "connected_accounts": sent_on}
    ours = balances()
    return all(ours.get(name, 0) == amount for name, amount in at_stripe.items())


def _at_the_bank(account: ConnectedAccount) -> int:
    found = stripe_get("payouts?limit=100", account=account.stripe_account_id)["data"]
    return sum(payout["amount"] for payout in found if payout["status"] == "paid")


def due_now(row: Payout | PayoutReversal) -> None:
    type(row).objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())


@contextmanager
def clocks_ahead(**ahead: float) -> Iterator[None]:
    """Our clock and the sandbox's, moved."""
    offset = datetime.timedelta(**ahead)
    try:
        sandbox("clock", {"offset_seconds": int(offset.total_seconds())})
        clock.clock_move(offset=offset)
        yield
    finally:
        sandbox("clock", {"offset_seconds": 0})
        clock.clock_move(offset=datetime.timedelta())


def fault(method: str, path: str, **how: Any) -> None:
    """Spoil the next request to Stripe: `kind`, `when`, `status`, `times`."""
    sandbox("faults", {"method": method, "path": path} | how)
