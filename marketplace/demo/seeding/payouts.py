"""Payouts of the seeded ninety days, made the way beat and the workers would have made them, week by week."""

import datetime
from collections.abc import Callable, Iterator

from accounts.models import SellerProfile
from common import clock
from common.models import OutboxMessage
from marketplace.demo.seeding import catalogue
from marketplace.demo.seeding.sales import sandbox_post
from payments.models import ConnectedAccount, PayoutStatus
from payments.queries_payouts import WEEK, week_begins
from payments.services.bank_payouts import bank_payouts_sync
from payments.services.connect import account_ensure, account_sync
from payments.services.earnings import earnings_release, items_to_release
from payments.services.payouts_weekly import weekly_payouts_make
from payments.tasks import payouts_sweep

ACCOUNTS_OPENED_AGO = datetime.timedelta(days=60)
# Stripe sends on to the bank what arrived the day before.
BANK_DELAY = datetime.timedelta(days=1, hours=6)

Moment = tuple[datetime.datetime, Callable[[], None]]


def moments(
    since: datetime.datetime, until: datetime.datetime, *, now: datetime.datetime
) -> Iterator[Moment]:
    """What happens to sellers' money by itself after `since` and up to `until`, in order."""
    found: list[Moment] = [(now - ACCOUNTS_OPENED_AGO, accounts_open)]
    monday = week_begins(since)
    while monday <= until:
        found += [(monday + datetime.timedelta(minutes=1), week_pay), (monday + BANK_DELAY, banks_pay)]
        monday += WEEK
    yield from sorted(
        (moment for moment in found if since < moment[0] <= until), key=lambda moment: moment[0]
    )


def accounts_open() -> None:
    """Sellers whose country has payouts go through Stripe's onboarding."""
    for row in catalogue.vocabulary()["sellers"]:
        if "country" not in row:
            continue
        seller = SellerProfile.objects.select_related("user").get(handle=row["handle"])
        account = account_ensure(seller=seller, country=row["country"])
        if not account.can_be_paid:
            sandbox_post(f"accounts/{account.stripe_account_id}/onboard", {})
            account_sync(account=account)


def week_pay() -> None:
    """A Monday: earnings of the week are released, and whoever has enough is paid."""
    earnings_become_available()
    weekly_payouts_make()
    payouts_sweep()
    # Ninety days of mails would bury the demo's mailbox: these were "sent" on their day.
    OutboxMessage.objects.filter(topic="payout_paid", handled_at=None).update(handled_at=clock.now())


def banks_pay() -> None:
    """Stripe sends what sellers' accounts hold to their banks, and we hear of it."""
    paid = ConnectedAccount.objects.filter(
        payouts__status=PayoutStatus.PAID, payouts__created_at__gte=clock.now() - BANK_DELAY
    )
    an_hour_ago = clock.now() - datetime.timedelta(hours=1)
    for account in paid.exclude(bank_payouts__created_at__gte=an_hour_ago).distinct().order_by("pk"):
        sandbox_post(f"accounts/{account.stripe_account_id}/payout", {})
        bank_payouts_sync(account=account, since=an_hour_ago)


def earnings_become_available() -> None:
    while items := items_to_release():
        for item_id in items:
            earnings_release(item_id=item_id)
