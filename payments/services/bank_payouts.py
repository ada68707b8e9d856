"""What Stripe sends from sellers' accounts to their banks: Stripe's doing, kept to be shown, never booked."""

import datetime

from django.db import transaction

from payments import gateway_connect
from payments.gateway import GatewayRefused
from payments.gateway_connect import BankPayoutFacts
from payments.locks import account_lock
from payments.models import BankPayout, BankPayoutStatus, ConnectedAccount

# A bank payout only moves on: an answer from an earlier stage is stale. Paid may still become failed.
_STAGES = {
    BankPayoutStatus.PENDING: 0,
    BankPayoutStatus.IN_TRANSIT: 1,
    BankPayoutStatus.PAID: 2,
    BankPayoutStatus.FAILED: 3,
    BankPayoutStatus.CANCELED: 3,
}


def bank_payout_changed(*, stripe_account_id: str, stripe_payout_id: str) -> None:
    """Stripe says that a bank payout changed: ask how. Accounts not ours, or gone meanwhile, are ignored."""
    account = ConnectedAccount.objects.filter(stripe_account_id=stripe_account_id).first()
    if account is None:
        return
    try:
        facts = gateway_connect.bank_payout_retrieve(payout_id=stripe_payout_id, account_id=stripe_account_id)
    except GatewayRefused as error:
        if error.code in gateway_connect.GONE:
            return
        raise
    bank_payout_note(account=account, facts=facts)


def bank_payouts_sync(*, account: ConnectedAccount, since: datetime.datetime) -> None:
    """Bring our rows to what Stripe lists of an account's bank payouts since then."""
    listed = gateway_connect.bank_payouts_of(account_id=account.stripe_account_id or "", since=since)
    for facts in listed:
        bank_payout_note(account=account, facts=facts)


def bank_payout_note(*, account: ConnectedAccount, facts: BankPayoutFacts) -> None:
    """Write what Stripe said of a bank payout; a stale answer overwrites no later one. Locks the account."""
    with transaction.atomic():
        account_lock(account.pk)
        known = BankPayout.objects.filter(stripe_payout_id=facts.id).first()
        if known is not None and _STAGES[BankPayoutStatus(known.status)] > _STAGES[_status(facts)]:
            return
        BankPayout.objects.update_or_create(
            stripe_payout_id=facts.id,
            defaults={
                "account": account,
                "amount": facts.amount,
                "currency": facts.currency,
                "status": _status(facts),
                "arrives_at": facts.arrives_at,
                "failure_code": facts.failure_code[:80],
                "created_at": facts.created_at,
            },
        )


def _status(facts: BankPayoutFacts) -> BankPayoutStatus:
    return BankPayoutStatus(facts.status)
