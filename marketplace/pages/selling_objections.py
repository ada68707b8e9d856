"""What a seller can say against a decision: one appeal, and one counter-notice to a takedown."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import show_errors
from common.errors import DomainError
from listings.lint import RULES
from listings.models import OPEN_TAKEDOWNS, Takedown
from listings.reasons import REASONS
from listings.services.appeals import MAX_APPEAL_LENGTH, appeal_open, appealable_decision
from listings.services.takedowns import MAX_COUNTER, counter_deadline, takedown_counter
from marketplace.pages.people import signed_in
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page


class AppealForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Why it should be published as it is"),
        max_length=MAX_APPEAL_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Answer the reasons one by one. Another moderator reads this."),
    )


class CounterForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Why it should be on sale again"),
        max_length=MAX_COUNTER,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Say what is yours, since when, and where that can be seen."),
    )


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SellerRequest, slug: str) -> HttpResponse:
    """Ask for another moderator's judgement. Once per submission."""
    listing = own_listing_or_404(request, slug)
    decision = appealable_decision(listing)
    if decision is None:
        messages.info(request, _("There is no decision here to appeal against."))
        return redirect("studio_listing_edit", listing.slug)
    form, status = AppealForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        try:
            appeal_open(listing=listing, by=signed_in(request), text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("Your appeal is in the queue, at the place your submission had."))
            return redirect("studio_listing_edit", listing.slug)
    context = {"listing": listing, "decision": decision, "form": form, "section": "listings"}
    return render(request, "pages/selling/appeal.html", context, status=status)


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def counter_notice(request: SellerRequest, slug: str) -> HttpResponse:
    """Object to a takedown. Once."""
    listing = own_listing_or_404(request, slug)
    takedown = Takedown.objects.filter(listing=listing, state__in=OPEN_TAKEDOWNS).first()
    if takedown is None:
        messages.info(request, _("There is no takedown here to object to."))
        return redirect("studio_listing_edit", listing.slug)
    form, status = CounterForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        try:
            takedown_counter(takedown=takedown, by=signed_in(request), text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("Sent. Another moderator judges it, and we write to you."))
            return redirect("studio_listing_edit", listing.slug)
    context = {
        "listing": listing,
        "takedown": takedown,
        "deadline": counter_deadline(takedown),
        "form": form,
        "section": "listings",
    }
    return render(request, "pages/selling/counter_notice.html", context, status=status)


@seller_page
@require_safe
def lessons(request: SellerRequest) -> HttpResponse:
    """What every rule and every ready reason means, for links from reasons."""
    context = {"rules": list(RULES.values()), "reasons": list(REASONS.values()), "section": "listings"}
    return render(request, "pages/selling/lessons.html", context)
