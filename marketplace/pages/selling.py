"""The studio's front door: what selling is, opening a storefront, and the seller's overview."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.adapter import free_storefront_handle
from accounts.forms import SellerProfileForm, show_errors
from accounts.models import SellerProfile
from accounts.queries import seller_profile_of, user_has_verified_email
from accounts.services import handle_problems, seller_profile_create
from common.errors import DomainError
from listings.models import ListingStatus
from listings.queries.studio import own_status_counts
from marketplace.pages.people import signed_in
from marketplace.pages.selling_overview import business_context
from marketplace.payout_words import account_state
from payments.queries import Balance, seller_balance, seller_sales
from payments.queries_payouts import connected_account_of

LATEST_SALES = 5


@dataclass(frozen=True)
class Step:
    """Something worth doing next."""

    text: str
    url: str
    label: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def studio(request: HttpRequest) -> HttpResponse:
    """The overview for a seller; for anyone else, what selling is and how to begin."""
    if not request.user.is_authenticated:
        return render(request, "pages/selling/welcome.html", {"sign_in_next": reverse("studio")})
    user = signed_in(request)
    seller = seller_profile_of(user)
    if seller is not None:
        return _overview(request, seller)
    initial = {"name": user.display_name, "handle": free_storefront_handle(user.display_name)}
    form = SellerProfileForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            seller_profile_create(user=user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Your storefront is open. Write your first prompt."))
            return redirect("studio")
    return render(request, "pages/selling/welcome.html", {"form": form})


@never_cache
@login_required
@require_safe
def handle_check(request: HttpRequest) -> HttpResponse:
    """Whether a storefront handle that is being typed could be had: one line, for htmx."""
    problems = handle_problems(request.GET.get("handle", "").strip().lower())
    return render(request, "pages/selling/handle_check.html", {"problems": problems})


def _overview(request: HttpRequest, seller: SellerProfile) -> HttpResponse:
    counts = own_status_counts(seller)
    balance = seller_balance(seller)
    context = {
        "seller": seller,
        "balance": balance,
        "sales": list(seller_sales(seller)[:LATEST_SALES]),
        "statuses": [
            {"value": value, "label": label, "count": counts[value]}
            for value, label in ListingStatus.choices
            if counts.get(value)
        ],
        "steps": [*_payout_steps(seller, balance), *_next_steps(request, counts)],
        "section": "overview",
        **business_context(request, seller),
    }
    return render(request, "pages/selling/overview.html", context)


def _payout_steps(seller: SellerProfile, balance: Balance) -> list[Step]:
    """What stands between earnings and the bank."""
    account, url = connected_account_of(seller), reverse("studio_payouts")
    if account is None or not account.is_at_stripe:
        if balance.pending_amount + balance.available_amount <= 0:
            return []
        text = _("Set up payouts, so that your earnings can be sent to your bank.")
        return [Step(text, reverse("studio_payouts_setup"), _("Set up payouts"))]
    state = account_state(account)
    return [Step(f"{state.title}.", url, _("See what it is"))] if state.button else []


def _next_steps(request: HttpRequest, counts: dict[str, int]) -> list[Step]:
    steps = []
    listings_url = reverse("studio_listings")
    if not user_has_verified_email(signed_in(request)):
        steps.append(
            Step(
                _("Confirm your email address. Submitting a prompt needs it."),
                reverse("account_email"),
                _("Confirm"),
            )
        )
    if returned := counts.get(ListingStatus.REJECTED, 0):
        text = ngettext(
            "%(count)d prompt came back with a moderator's remarks.",
            "%(count)d prompts came back with a moderator's remarks.",
            returned,
        )
        steps.append(Step(text % {"count": returned}, f"{listings_url}?status=rejected", _("Read them")))
    if drafts := counts.get(ListingStatus.DRAFT, 0):
        text = ngettext(
            "%(count)d draft waits to be finished.", "%(count)d drafts wait to be finished.", drafts
        )
        steps.append(Step(text % {"count": drafts}, f"{listings_url}?status=draft", _("Finish")))
    if not counts:
        text = _(
            "Write your first prompt: a title, the text with its blanks, and two examples of its output."
        )
        steps.append(Step(text, reverse("studio_listing_new"), _("New prompt")))
    return steps
