"""A payout that a restored database lost is rebuilt from its transfer, so that it is not paid twice."""

from django.db import transaction

from common.ids import is_uuid
from common.money import MIN_PAYOUT_AMOUNT
from payments import ledger
from payments.gateway_connect import TransferFacts
from payments.locks import seller_lock
from payments.models import ConnectedAccount, Payout, PayoutTrigger


def payout_restore(*, facts: TransferFacts) -> None:
    """Write the payout that a transfer names, if it is not here, and speak for its money. Locks the seller.

    Settling it is payout_sync's. A transfer that is not ours, or to an account we do not know, is left alone.
    The seller's available balance may become negative until the earnings behind it are released again.
    """
    account = ConnectedAccount.objects.filter(stripe_account_id=facts.destination).first()
    row_id = facts.payout_row_id or ""
    if account is None or not is_uuid(row_id) or facts.amount < MIN_PAYOUT_AMOUNT:
        return
    with transaction.atomic():
        seller_lock(account.seller_id)
        payout, is_new = Payout.objects.get_or_create(
            pk=row_id,
            defaults={
                "seller_id": account.seller_id,
                "account": account,
                "amount": facts.amount,
                "currency": facts.currency,
                "trigger": PayoutTrigger.REQUEST,
            },
        )
        if is_new:
            ledger.payout_book(payout)
