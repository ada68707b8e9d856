"""What people ask about a seller's prompts, and the answers."""

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
from marketplace.community.asked import questions_to
from marketplace.community.asking import question_answer
from marketplace.community.models import MAX_ANSWER_LENGTH
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.selling_access import SellerRequest, seller_page

PAGE_SIZE = 20


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        required=False,
        max_length=MAX_ANSWER_LENGTH,
        help_text=gettext_lazy(
            "Everybody sees question and answer on the prompt's page. Leave it empty to take both away."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: SellerRequest) -> HttpResponse:
    """Those that wait for an answer first. POST answers one."""
    page = Paginator(questions_to(request.seller), PAGE_SIZE).get_page(request.GET.get("page"))
    answered, status = request.POST.get("question", ""), 200
    rows = []
    for question in page.object_list:
        is_this = request.method == "POST" and answered == str(question.pk)
        form = AnswerForm(
            request.POST if is_this else None,
            initial={"text": question.answer},
            auto_id=f"answer_{question.pk}_%s",
            label_suffix="",
        )
        rows.append((question, form))
    if request.method == "POST":
        question_id = int(answered) if answered.isdecimal() and len(answered) < 18 else 0
        form = next((form for row, form in rows if row.pk == question_id), AnswerForm(request.POST))
        if form.is_valid():
            return _answer(request, question_id, form.cleaned_data["text"])
        status = 400
    context = {"rows": rows, "page": page, "section": "questions"}
    return render(request, "pages/selling/questions.html", context, status=status)


def _answer(request: SellerRequest, question_id: int, text: str) -> HttpResponse:
    try:
        question = question_answer(seller=request.seller, question_id=question_id, text=text)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.message)
    else:
        said = _("Published.") if question.answer else _("Question and answer are off the page.")
        messages.success(request, said)
    return see_other(reverse("studio_questions"))
