"""Telling sellers about their payouts: sent, failed, or stopped by Stripe. These mails are always sent.

The outbox may run a handler twice; the Message-ID is made from its row.
"""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import NoticeKind, SellerProfile
from accounts.notices import wanted_mail_send
from common.models import OutboxMessage
from common.money import format_money
from common.outbox import handles
from marketplace.notifying.services import News, people_notify
from marketplace.payout_words import payout_failure, requirement_words
from payments.models import ConnectedAccount, Payout


@handles("payout_paid")
def payout_paid(message: OutboxMessage) -> None:
    payout = _payout(message)
    with translation.override(payout.seller.user.language):
        amount = format_money(payout.amount, payout.currency)
        subject = _("%(amount)s are on their way to your bank") % {"amount": amount}
        context = {"amount": amount, "url": _url(payout)}
        _send(message, payout.seller, "payout_paid", subject, context, _facts(payout))


@handles("payout_failed")
def payout_failed(message: OutboxMessage) -> None:
    """The money is available again; the mail says why it was not sent and what helps."""
    payout = _payout(message)
    with translation.override(payout.seller.user.language):
        amount = format_money(payout.amount, payout.currency)
        subject = _("Your payout of %(amount)s could not be sent") % {"amount": amount}
        context = {"amount": amount, "why": payout_failure(payout.failure_code), "url": _url()}
        _send(message, payout.seller, "payout_failed", subject, context, _facts(payout))


@handles("payout_account_restricted")
def account_restricted(message: OutboxMessage) -> None:
    """Stripe stopped payouts; not sent when that is over by now."""
    account = ConnectedAccount.objects.select_related("seller__user").get(pk=message.subject)
    if account.can_be_paid and account.payouts_enabled:
        return
    with translation.override(account.seller.user.language):
        context = {"missing": requirement_words(account.requirements_due), "url": _url()}
        _send(
            message, account.seller, "account_restricted", _("Stripe has stopped your payouts"), context, {}
        )


def _payout(message: OutboxMessage) -> Payout:
    return Payout.objects.select_related("seller__user").get(pk=message.subject)


def _facts(payout: Payout) -> dict[str, Any]:
    return {"amount": payout.amount, "currency": payout.currency}


def _url(payout: Payout | None = None) -> str:
    return settings.PUBLIC_URL + (payout.get_absolute_url() if payout else "/sell/payouts/")


def _send(
    message: OutboxMessage,
    seller: SellerProfile,
    template: str,
    subject: str,
    context: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    news = News(seller.user_id, template, context["url"].removeprefix(settings.PUBLIC_URL), facts)
    people_notify(kind=NoticeKind.PAYOUT, source=f"{message.topic}:{message.pk}", news=[news], mails=False)
    wanted_mail_send(
        kind=NoticeKind.PAYOUT,
        template=f"mail/{template}",
        to=seller.user,
        subject=subject,
        message_id=f"{template}.{message.pk}",
        context=context,
    )
