"""Questions and answers that somebody spoke against: hidden, or left where they are."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.errors import DomainError, NotFound
from marketplace.community.asked import hidden_questions, reported_questions
from marketplace.community.asking import question_judge
from marketplace.pages.moderation_access import moderator_page
from marketplace.pages.moderation_queue import desk_context
from marketplace.pages.people import signed_in


@moderator_page
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """What waits, and what was hidden last."""
    context = desk_context(signed_in(request), "questions") | {
        "reported": reported_questions()[:100],
        "hidden": hidden_questions()[:20],
    }
    return render(request, "pages/moderation/questions.html", context)


@moderator_page
@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    hide = request.POST.get("do") == "hide"
    try:
        question_judge(moderator=signed_in(request), question_id=pk, hide=hide)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Hidden.") if hide else _("It stays where it was."))
    return redirect("moderation_questions")
