"""Sellers' accounts at Stripe: made once, led through onboarding, kept at what Stripe says of them."""

import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common import clock
from common.attempts import attempt_claim, attempt_failed, due_ids
from common.errors import Conflict, InvalidInput
from common.outbox import message_publish
from payments import gateway_connect
from payments.alarms import alarm_raise
from payments.countries import PAYOUT_COUNTRIES
from payments.gateway import GatewayFault, GatewayRefused, GatewayUnavailable
from payments.gateway_connect import GONE, AccountFacts
from payments.locks import account_lock
from payments.models import ConnectedAccount
from payments.models.payout import ACCOUNT_GONE
from payments.services.bank_payouts import bank_payouts_sync

RESTRICTED_TOPIC = "payout_account_restricted"
# An account is asked about once a day although Stripe tells of changes: what it told may be lost.
ASKED_AGAIN_AFTER = datetime.timedelta(days=1)
BANK_PAYOUTS_LOOK_BACK = datetime.timedelta(days=14)


def account_ensure(*, seller: SellerProfile, country: str) -> ConnectedAccount:
    """The seller's account at Stripe, made if there is none; the row comes first, so twenty clicks make one.

    One that is gone at Stripe is followed by another. `country` (one of PAYOUT_COUNTRIES) counts until Stripe
    has made the account and stands from then on.
    Raises InvalidInput (`country`) and GatewayUnavailable: the row stays, and a retry uses it.
    """
    if country not in PAYOUT_COUNTRIES:
        raise InvalidInput.of("country", _("Choose a country from the list."), code="country_unknown")
    account = _row_ensure(seller, country)
    if account.is_gone and account_sync(account=account).is_gone:
        _rows_of(seller).filter(pk=account.pk).update(replaced_at=clock.now())
        account = _row_ensure(seller, country)
    if account.stripe_account_id is not None:
        return account
    asked_at = timezone.now()
    try:
        facts = gateway_connect.account_create(
            account_row_id=str(account.pk),
            attempt=account.stripe_attempt,
            email=seller.user.email,
            country=account.country,
            storefront_url=settings.PUBLIC_URL + seller.get_absolute_url(),
        )
    except GatewayFault:
        _next_attempt(account)
        raise
    except GatewayRefused as error:
        _next_attempt(account)
        alarm_raise("account_refused", subject=f"account:{account.pk}", detail=str(error))
        raise GatewayUnavailable(
            _("Stripe does not open an account at the moment. We have been told; please try again later.")
        ) from error
    return _made(account, facts, asked_at)


def onboarding_start(*, seller: SellerProfile, return_url: str, refresh_url: str) -> str:
    """The address of Stripe's onboarding for one visit within minutes.

    Raises Conflict (`payout_account_missing`, `payout_account_restricted`) and GatewayUnavailable.
    """
    account_id = _stripe_account_id(seller)
    try:
        return gateway_connect.onboarding_url(
            account_id=account_id, return_url=return_url, refresh_url=refresh_url
        )
    except GatewayRefused as error:
        raise _closed() from error


def dashboard_link(*, seller: SellerProfile) -> str:
    """The address of the seller's dashboard at Stripe, for one visit. Raises as onboarding_start does."""
    account_id = _stripe_account_id(seller)
    try:
        return gateway_connect.dashboard_url(account_id)
    except GatewayRefused as error:
        raise _closed() from error


def account_sync(*, account: ConnectedAccount) -> ConnectedAccount:
    """Bring the row to what Stripe says of the account now. Locks the row while writing, not while asking.

    A seller who could be paid and no longer can is told by mail. Raises GatewayUnavailable, GatewayRefused.
    """
    asked_at = timezone.now()
    account_id = account.stripe_account_id or ""
    try:
        facts = gateway_connect.account_retrieve(account_id)
    except GatewayRefused as error:
        if error.code not in GONE:
            raise
        facts = AccountFacts(
            id=account_id,
            details_submitted=account.details_submitted,
            payouts_enabled=False,
            transfers_active=False,
            requirements_due=(),
            disabled_reason=ACCOUNT_GONE,
        )
    with transaction.atomic():
        return _noted(account_lock(account.pk), facts, asked_at)


def account_changed(*, stripe_account_id: str) -> None:
    """Stripe says that an account changed: ask how. Accounts that are not ours are ignored."""
    account = ConnectedAccount.objects.filter(stripe_account_id=stripe_account_id).first()
    if account is not None:
        account_sync(account=account)


def account_refresh(*, account_id: int) -> None:
    """Once a day: how an account is, and what went to its bank since two weeks before the last time.

    Being asked how it is for another reason does not put this off: an event of its bank may be lost.
    """
    account = attempt_claim(ConnectedAccount, account_id, waiting=_is_stale())
    if account is None:
        return
    asked_at = timezone.now()
    try:
        account = account_sync(account=account)
        if not account.is_gone:
            since = (account.refreshed_at or account.created_at) - BANK_PAYOUTS_LOOK_BACK
            bank_payouts_sync(account=account, since=since)
    except (GatewayUnavailable, GatewayRefused) as error:
        attempt_failed(ConnectedAccount, account_id, error)
    else:
        ConnectedAccount.objects.filter(pk=account_id).update(
            refreshed_at=asked_at, attempts=0, last_error=""
        )


def accounts_to_refresh() -> list[Any]:
    return due_ids(ConnectedAccount, waiting=_is_stale())


def _is_stale() -> Q:
    before = timezone.now() - ASKED_AGAIN_AFTER
    return Q(stripe_account_id__isnull=False, replaced_at=None) & (
        Q(refreshed_at=None) | Q(refreshed_at__lt=before)
    )


def _rows_of(seller: SellerProfile) -> QuerySet[ConnectedAccount]:
    """The account in use, if there is one."""
    return ConnectedAccount.objects.filter(seller=seller, replaced_at=None)


def _row_ensure(seller: SellerProfile, country: str) -> ConnectedAccount:
    with transaction.atomic():
        made, _is_new = ConnectedAccount.objects.get_or_create(
            seller=seller, replaced_at=None, defaults={"country": country}
        )
        account = account_lock(made.pk)
        if account.stripe_account_id is None and account.country != country:
            account.country, account.stripe_attempt = country, account.stripe_attempt + 1
            account.save(update_fields=["country", "stripe_attempt"])
    return account


def _next_attempt(account: ConnectedAccount) -> None:
    """Stripe keeps the answer to a key for a day; an account it may have made all the same holds no money."""
    ConnectedAccount.objects.filter(pk=account.pk, stripe_attempt=account.stripe_attempt).update(
        stripe_attempt=account.stripe_attempt + 1
    )


def _made(account: ConnectedAccount, facts: AccountFacts, asked_at: datetime.datetime) -> ConnectedAccount:
    """The row with Stripe's new account; whichever of several was noted first stays."""
    with transaction.atomic():
        fresh = account_lock(account.pk)
        if fresh.stripe_account_id is None and fresh.stripe_attempt == account.stripe_attempt:
            fresh.stripe_account_id, fresh.refreshed_at = facts.id, asked_at
            fresh.save(update_fields=["stripe_account_id", "refreshed_at"])
            return _noted(fresh, facts, asked_at)
    if fresh.stripe_account_id is None:
        raise GatewayUnavailable(_("The country was changed meanwhile. Please try again."))
    return fresh


def _noted(account: ConnectedAccount, facts: AccountFacts, asked_at: datetime.datetime) -> ConnectedAccount:
    """Write what Stripe said, unless a later answer is here already. The caller holds the lock."""
    if account.synced_at is not None and account.synced_at > asked_at:
        return account
    was_ready = account.can_be_paid and account.payouts_enabled
    account.details_submitted = facts.details_submitted
    account.payouts_enabled = facts.payouts_enabled
    account.transfers_active = facts.transfers_active
    account.requirements_due = list(facts.requirements_due)
    account.disabled_reason = facts.disabled_reason[:80]
    account.synced_at = asked_at
    account.save()
    if was_ready and not (account.can_be_paid and account.payouts_enabled):
        message_publish(RESTRICTED_TOPIC, subject=account.pk)
    return account


def _stripe_account_id(seller: SellerProfile) -> str:
    found = _rows_of(seller).filter(stripe_account_id__isnull=False).first()
    if found is None or found.stripe_account_id is None:
        raise Conflict(_("Set up your payouts with Stripe first."), code="payout_account_missing")
    return found.stripe_account_id


def _closed() -> Conflict:
    return Conflict(
        _("Stripe does not let you into this account. Write to us, so that we can find out why."),
        code="payout_account_restricted",
    )
