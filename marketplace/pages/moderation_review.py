"""One submission before a moderator: read, compared, decided, and straight on to the next."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from common.errors import DomainError, NotFound
from listings.models import DecisionKind, PromptVersion
from listings.queries.moderation import has_other_moderator, neighbours_of, versions_waiting
from listings.queries.timeline import timeline_of
from listings.services.claims import claim_take
from listings.services.review import is_for_another, listing_decide
from listings.services.sources import version_source
from marketplace.pages.moderation_access import moderator_page
from marketplace.pages.moderation_forms import ReviewForm
from marketplace.pages.moderation_queue import desk_context, next_url
from marketplace.pages.moderation_view import MARKED_FIELDS, Submission, submission_of
from marketplace.pages.people import signed_in


@moderator_page
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a submission. Opening it claims it for whoever may decide it; reading is written to the
    audit log.
    """
    moderator = signed_in(request)
    if not versions_waiting().filter(pk=pk).exists():
        return _no_longer(request, moderator, pk)
    version = PromptVersion.objects.get(pk=pk)
    try:
        source = version_source(version=version, reader=moderator, via="queue")
    except NotFound as error:
        raise Http404 from error
    claimed = is_for_another(source, moderator) or claim_take(version=source, moderator=moderator)
    page = submission_of(source, moderator)
    counts = {text.field: len(text.lines) for text in page.texts}
    form = ReviewForm(request.POST if request.method == "POST" else None, page.check, counts)
    if form.is_bound and form.is_valid() and _decided(request, moderator, page, form):
        return redirect(next_url(moderator, after=source))
    return _page(request, moderator, page, form, claimed=claimed)


def _no_longer(request: HttpRequest, moderator: User, pk: int) -> HttpResponse:
    """A submission that was decided or withdrawn meanwhile; what never was one is not there."""
    version = PromptVersion.objects.filter(pk=pk, sealed_at__isnull=False).first()
    if version is None:
        raise Http404
    messages.warning(request, _("This submission is no longer waiting."))
    return redirect(next_url(moderator, after=version))


def _decided(request: HttpRequest, moderator: User, page: Submission, form: ReviewForm) -> bool:
    decision = request.POST.get("decision", "")
    publishes = decision == DecisionKind.PUBLISH
    if publishes and page.needs_a_second_look and not form.cleaned_data["seen"]:
        form.add_error("seen", _("Publishing cannot be taken back. Say that you have seen it first."))
        return False
    try:
        listing_decide(
            listing=page.listing,
            moderator=moderator,
            decision=decision,
            remarks=[] if publishes else form.remarks(),
            version_number=page.version.number,
            via="queue",
        )
    except DomainError as error:
        form.add_error(None, str(error.message))
        return False
    sentence = _("“%(title)s” is on sale.") if publishes else _("“%(title)s” was returned.")
    messages.success(request, sentence % {"title": page.listing.title})
    return True


def _page(
    request: HttpRequest, moderator: User, page: Submission, form: ReviewForm, *, claimed: bool
) -> HttpResponse:
    appeal = page.appeal
    was_first = appeal is not None and appeal.is_open and appeal.first_moderator_id == moderator.pk
    chosen = request.POST.getlist("canned") if form.is_bound else _prechosen(page)
    context = desk_context(moderator) | {
        "page": page,
        "listing": page.listing,
        "version": page.version,
        "form": form,
        "chosen": chosen,
        "ticked": request.POST.getlist("findings") if form.is_bound else [],
        "marked": request.POST.getlist("lines") if form.is_bound else [],
        "claimed": claimed,
        "was_first": was_first,
        "is_only_moderator": was_first and not has_other_moderator(moderator),
        "neighbours": neighbours_of(page.version, moderator),
        "timeline": timeline_of(page.listing),
        "marked_fields": MARKED_FIELDS,
        "DecisionKind": DecisionKind,
    }
    return render(
        request, "pages/moderation/review.html", context, status=400 if form.errors and form.is_bound else 200
    )


def _prechosen(page: Submission) -> list[str]:
    """Ready reasons for what was found gravely; they count only if the submission is returned."""
    graves = {found.rule for found in page.findings if found.is_grave}
    return [reason.id for reason in page.suggested if any(reason.answers(rule) for rule in graves)]
