"""Being paid: what is there and when more comes, what was sent, and asking for it now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from common.ids import uuid7
from common.money import MIN_PAYOUT_AMOUNT, format_money
from common.money_fields import AmountField
from listings.queries.filters import as_dollars
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.selling_access import SellerRequest, seller_page
from marketplace.payout_words import account_state, bank_failure, payout_failure
from payments.countries import country_name
from payments.models import BankPayout, BankPayoutStatus, Payout, PayoutReversal, PayoutStatus, PayoutTrigger
from payments.queries import seller_balance
from payments.queries_payouts import (
    bank_payouts_of,
    connected_account_of,
    earnings_due,
    next_weekly_payout_at,
    on_its_way_amount,
    payout_get,
    payouts_of,
)
from payments.services.payouts import payout_check, payout_request

PAGE_SIZE = 20
DAYS_SHOWN = 4
BANK_PAYOUTS_SHOWN = 100
_SENT_BACK = (BankPayoutStatus.FAILED, BankPayoutStatus.CANCELED)


class PayoutForm(forms.Form):
    """How much to pay out; `id` makes a second click the same payout."""

    use_required_attribute = False

    amount = AmountField(label=gettext_lazy("Amount in US dollars"))
    id = forms.UUIDField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class PayoutRow:
    """A payout and what became of it, with the bank payout that took it on."""

    payout: Payout
    status: str
    label: str
    bank: BankPayout | None
    problem: str
    reversals: Sequence[PayoutReversal]


@seller_page
@require_safe
def payouts(request: SellerRequest) -> HttpResponse:
    """The account at Stripe, the balance and what is coming, and every payout so far."""
    seller, balance = request.seller, seller_balance(request.seller)
    account, due = connected_account_of(seller), earnings_due(seller)
    page = Paginator(payouts_of(seller), PAGE_SIZE).get_page(request.GET.get("page"))
    bank_payouts = list(bank_payouts_of(seller)[:BANK_PAYOUTS_SHOWN])
    was_made = account is not None and account.stripe_account_id is not None
    can_be_paid = account is not None and account.can_be_paid
    context = {
        "account": account,
        "has_account": account is not None and account.is_at_stripe,
        "state": account_state(account) if account is not None and was_made else None,
        "balance": balance,
        "on_its_way": on_its_way_amount(seller),
        "due": due[:DAYS_SHOWN],
        "due_later": sum(each.amount for each in due[DAYS_SHOWN:]),
        "next_payout_at": next_weekly_payout_at(),
        "minimum": format_money(MIN_PAYOUT_AMOUNT, balance.currency),
        "missing_amount": max(MIN_PAYOUT_AMOUNT - balance.available_amount, 0),
        "country": country_name(account.country) if account is not None else "",
        "can_be_paid": can_be_paid,
        "can_ask": can_be_paid and balance.available_amount >= MIN_PAYOUT_AMOUNT,
        "page": page,
        "rows": [_row(payout, bank_payouts) for payout in page.object_list],
        "section": "payouts",
    }
    return render(request, "pages/selling/payouts.html", context)


@seller_page
@require_safe
def payout(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    """One payout: when it was asked for, sent, and taken to the bank."""
    try:
        found = payout_get(request.seller, pk)
    except NotFound as error:
        raise Http404 from error
    row = _row(found, list(bank_payouts_of(request.seller)[:BANK_PAYOUTS_SHOWN]))
    return render(request, "pages/selling/payout.html", {"row": row, "section": "payouts"})


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def payout_new(request: SellerRequest) -> HttpResponse:
    """GET shows what would be paid out, so that a slip can be seen. POST asks for it."""
    is_asked, balance = request.method == "POST", seller_balance(request.seller)
    everything = {"amount": as_dollars(max(balance.available_amount, 0))}
    form = PayoutForm(request.POST if is_asked else (request.GET or everything))
    amount, status = None, 400
    if form.is_valid():
        try:
            amount = payout_check(seller=request.seller, amount=form.cleaned_data["amount"])
            if is_asked:
                return _asked(request, amount, form.cleaned_data["id"])
        except DomainError as error:
            if known := _known(request, form):
                return redirect(known)
            show_errors(form, error)
            amount, status = None, error.status
    context = {
        "form": form,
        "amount": amount,
        "typed_amount": as_dollars(amount),
        "payout_id": uuid7(),
        "left_amount": balance.available_amount - (amount or 0),
        "balance": balance,
        "section": "payouts",
    }
    return render(
        request, "pages/selling/payout_new.html", context, status=status if is_asked and not amount else 200
    )


def _asked(request: SellerRequest, amount: int, payout_id: uuid.UUID | None) -> HttpResponse:
    made = payout_request(
        seller=request.seller,
        by=request.seller.user,
        trigger=PayoutTrigger.REQUEST,
        amount=amount,
        payout_id=payout_id,
    )
    paid = format_money(made.amount, made.currency)
    messages.success(request, _("%(amount)s are being sent to your Stripe account.") % {"amount": paid})
    return see_other(made.get_absolute_url())


def _known(request: SellerRequest, form: PayoutForm) -> Payout | None:
    """The payout that an earlier click on the same button made, though there is not enough for another."""
    payout_id = form.cleaned_data.get("id")
    return payouts_of(request.seller).filter(pk=payout_id).first() if payout_id else None


def _row(payout: Payout, bank_payouts: Sequence[BankPayout]) -> PayoutRow:
    reversals = list(payout.reversals.all())
    status, label = str(payout.status), payout.get_status_display()
    if payout.status == PayoutStatus.PAID and payout.reversed_amount:
        label = _("Taken back in part")
    bank = _taken_on_by(payout, bank_payouts)
    problem = ""
    if payout.status == PayoutStatus.FAILED:
        problem = payout_failure(payout.failure_code)
    elif bank is not None and bank.status in _SENT_BACK:
        problem = bank_failure(bank.failure_code)
    return PayoutRow(payout, status, label, bank, problem, reversals)


def _taken_on_by(payout: Payout, bank_payouts: Sequence[BankPayout]) -> BankPayout | None:
    """What Stripe sent to the bank first after the payout had arrived; one sent back only if none else was.

    Stripe pays out all that an account holds, so that is the one with this money in it.
    """
    if payout.settled_at is None or payout.status not in (PayoutStatus.PAID, PayoutStatus.REVERSED):
        return None
    arrived = payout.settled_at.replace(microsecond=0)  # Stripe's clock knows no parts of a second
    later = [each for each in reversed(bank_payouts) if each.created_at >= arrived]
    good = [each for each in later if each.status not in _SENT_BACK]
    return good[0] if good else (later[-1] if later else None)
