"""What buyers said of a seller's prompts, and the seller's answers."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common.errors import DomainError, NotFound
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.selling_access import SellerRequest, seller_page
from marketplace.reviewing import MAX_REVIEW_LENGTH, review_reply
from marketplace.reviews import reviews_for

PAGE_SIZE = 20


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your reply"),
        required=False,
        max_length=MAX_REVIEW_LENGTH,
        help_text=gettext_lazy("Everybody sees it under the review. Leave it empty to take it away."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: SellerRequest) -> HttpResponse:
    """Reviews that wait for an answer first. POST answers one."""
    page = Paginator(reviews_for(request.seller), PAGE_SIZE).get_page(request.GET.get("page"))
    answered, status = request.POST.get("review", ""), 200
    rows = []
    for review in page.object_list:
        is_this = request.method == "POST" and answered == str(review.pk)
        form = ReplyForm(
            request.POST if is_this else None,
            initial={"text": review.reply},
            auto_id=f"reply_{review.pk}_%s",
            label_suffix="",
        )
        rows.append((review, form))
    if request.method == "POST":
        review_id = int(answered) if answered.isdecimal() and len(answered) < 18 else 0
        form = next((form for review, form in rows if review.pk == review_id), ReplyForm(request.POST))
        if form.is_valid():
            return _answer(request, review_id, form.cleaned_data["text"])
        status = 400
    context = {"rows": rows, "page": page, "section": "reviews"}
    return render(request, "pages/selling/reviews.html", context, status=status)


def _answer(request: SellerRequest, review_id: int, text: str) -> HttpResponse:
    try:
        review_reply(seller=request.seller, review_id=review_id, text=text)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.message)
    else:
        said = _("Your reply stands under the review.") if text.strip() else _("Your reply is gone.")
        messages.success(request, said)
    return see_other(reverse("studio_reviews"))
