"""Questions and answers about a prompt: read by anyone, asked by who is signed in."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import show_errors
from accounts.models import User
from common.errors import DomainError, NotFound
from listings.models import Listing
from listings.queries.detail import public_listing
from marketplace.community.asked import VISIBLE, open_questions_of, questions_about
from marketplace.community.asking import (
    MAX_REPORT_LENGTH,
    question_ask,
    question_report,
    question_withdraw,
)
from marketplace.community.models import MAX_QUESTION_LENGTH, Question
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.people import signed_in

PAGE_SIZE = 20


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=MAX_QUESTION_LENGTH,
        help_text=gettext_lazy(
            "The seller is told. Question and answer appear here together, with your name."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class QuestionReportForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=MAX_REPORT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def prompt_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """What was asked and answered, and the form. POST asks."""
    listing = _listing_or_404(slug)
    if request.method == "POST":
        return _ask(request, listing)
    return _page(request, listing, QuestionForm())


@login_required
def _ask(request: HttpRequest, listing: Listing) -> HttpResponse:
    form, status = QuestionForm(request.POST), 400
    if form.is_valid():
        try:
            question_ask(user=signed_in(request), listing=listing, text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("The seller has your question. You hear of the answer."))
            return see_other(_path(listing))
    return _page(request, listing, form, status)


def _page(request: HttpRequest, listing: Listing, form: QuestionForm, status: int = 200) -> HttpResponse:
    reader = request.user if isinstance(request.user, User) else None
    page = Paginator(questions_about(listing), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "listing": listing,
        "page": page,
        "form": form,
        "is_own": reader is not None and listing.seller.user_id == reader.pk,
        "waiting": open_questions_of(reader, listing) if reader else [],
    }
    return render(request, "pages/finding/questions.html", context, status=status)


@never_cache
@login_required
@require_POST
def question_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The asker's own question, while nobody has answered it."""
    try:
        listing = question_withdraw(user=signed_in(request), question_id=pk)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.message)
        listing = Question.objects.select_related("listing").get(pk=pk).listing
    else:
        messages.success(request, _("Your question is gone."))
    return see_other(_path(listing))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_complain(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell moderators of a question or an answer that should not stand there."""
    user = signed_in(request)
    question = get_object_or_404(Question.objects.select_related("listing__seller", "asker"), pk=pk)
    is_to_me = question.listing.seller.user_id == user.pk and question.hidden_at is None
    if not (is_to_me or Question.objects.filter(VISIBLE, pk=pk).exists()):
        raise Http404
    form, status = QuestionReportForm(request.POST if request.method == "POST" else None), 200
    back = "/sell/questions/" if is_to_me else _path(question.listing)
    if form.is_bound and form.is_valid():
        try:
            question_report(user=user, question=question, text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("Thank you. A moderator will look at it."))
            return see_other(back)
    context = {"question": question, "form": form, "back": back}
    return render(request, "pages/finding/question_report.html", context, status=status)


def _listing_or_404(slug: str) -> Listing:
    try:
        return public_listing(slug)
    except NotFound as error:
        raise Http404 from error


def _path(listing: Listing) -> str:
    return f"{listing.get_absolute_url()}questions/"
