"""A buyer's review of what they own, and the prompts they keep in mind."""

import uuid

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from marketplace.models import Review
from marketplace.pages.buying_access import buyer_page, typed
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.people import signed_in
from marketplace.reviewing import (
    MAX_REVIEW_LENGTH,
    favorite_add,
    favorite_remove,
    review_delete,
    review_write,
)
from marketplace.reviews import favorite_cards, favorites_of
from payments.queries import entitlement_get

PAGE_SIZE = 24
STARS = [
    (5, gettext_lazy("5 stars: excellent")),
    (4, gettext_lazy("4 stars: good")),
    (3, gettext_lazy("3 stars: fair")),
    (2, gettext_lazy("2 stars: poor")),
    (1, gettext_lazy("1 star: did not work")),
]


class ReviewForm(forms.Form):
    """Stars, and words if the buyer likes."""

    use_required_attribute = False

    stars = forms.TypedChoiceField(
        label=gettext_lazy("How good is it?"),
        choices=STARS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Give one to five stars.")},
    )
    text = forms.CharField(
        label=gettext_lazy("Your review"),
        required=False,
        max_length=MAX_REVIEW_LENGTH,
        help_text=gettext_lazy("What did you use it for, and what came out? Do not quote the prompt itself."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def library_review(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Write a review, change it, or take it back."""
    try:
        entitlement = entitlement_get(signed_in(request), pk)
    except NotFound as error:
        raise Http404 from error
    known = Review.objects.filter(entitlement=entitlement).first()
    if request.method == "POST" and request.POST.get("do") == "delete":
        review_delete(entitlement=entitlement)
        messages.success(request, _("Your review is gone. You can write another one."))
        return see_other(entitlement.get_absolute_url())
    initial = {"stars": known.stars, "text": known.text} if known else {}
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=initial, label_suffix="")
    if form.is_bound and form.is_valid():
        try:
            review_write(entitlement=entitlement, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. Your review helps those who choose after you."))
            return see_other(f"{entitlement.listing.get_absolute_url()}#reviews")
    context = {"form": form, "entitlement": entitlement, "known": known}
    return render(request, "pages/buying/review.html", context, status=400 if form.errors else 200)


@buyer_page
@require_safe
def favorites(request: HttpRequest) -> HttpResponse:
    """What the buyer keeps in mind; what is not on sale now is left out until it is again."""
    page = Paginator(favorites_of(signed_in(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "cards": favorite_cards(list(page.object_list))}
    return render(request, "pages/buying/favorites.html", context)


@buyer_page
@require_POST
def favorite_change(request: HttpRequest) -> HttpResponse:
    """`add` a listing or `remove` it, and back to its page."""
    slug = typed(request.POST.get("listing", ""), 90)
    try:
        if request.POST.get("do") == "remove":
            favorite_remove(user=signed_in(request), listing_slug=slug)
        else:
            favorite_add(user=signed_in(request), listing_slug=slug)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.message)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"slug": slug, "is_kept": request.POST.get("do") != "remove"}
        return render(request, "components/favorite.html", context)
    return see_other(reverse("prompt", kwargs={"slug": slug}))
