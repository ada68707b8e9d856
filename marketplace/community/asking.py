"""Questions about a listing, the seller's answers, and what moderators hide."""

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict, DomainError, InvalidInput, NotFound
from common.inserting import insert_once
from common.outbox import message_publish
from common.texts import printable
from listings.models import Listing
from listings.services.review import require_moderator
from marketplace.community.models import MAX_ANSWER_LENGTH, MAX_QUESTION_LENGTH, Question, QuestionReport
from payments.locks import buyer_lock

# Told of by the question's id.
ASKED_TOPIC = "question_asked"
ANSWERED_TOPIC = "question_answered"
MIN_QUESTION_LENGTH = 10
MAX_REPORT_LENGTH = 500
# Without an answer, of one person about one listing.
OPEN_PER_LISTING = 3
DAY = datetime.timedelta(days=1)


class TooMany(DomainError):
    code = "rate_limited"
    status = 429


@transaction.atomic
def question_ask(*, user: User, listing: Listing, text: str) -> Question:
    """Ask the seller of a listing on sale. Locks the person, for the limits: QUESTIONS_PER_DAY.

    Raises InvalidInput (`text`), Conflict (`own_listing`, `questions_open`), TooMany.
    """
    text = _words(text, MAX_QUESTION_LENGTH)
    if len(text) < MIN_QUESTION_LENGTH:
        message = _("Ask in at least %(count)s characters.")
        raise InvalidInput.of("text", message % {"count": MIN_QUESTION_LENGTH})
    if listing.seller.user_id == user.pk:
        raise Conflict(_("This is your own prompt."), code="own_listing")
    buyer_lock(user.pk)
    mine = Question.objects.filter(asker=user)
    if mine.filter(listing=listing, answered_at=None, hidden_at=None).count() >= OPEN_PER_LISTING:
        raise Conflict(_("The seller has not answered your other questions yet."), code="questions_open")
    if mine.filter(created_at__gt=clock.now() - DAY).count() >= settings.QUESTIONS_PER_DAY:
        raise TooMany(_("You have asked much today. Ask again tomorrow."))
    question = Question.objects.create(listing=listing, asker=user, text=text)
    message_publish(ASKED_TOPIC, subject=question.pk)
    return question


@transaction.atomic
def question_withdraw(*, user: User, question_id: int) -> Listing:
    """Take a question back that has no answer yet. Locks it. Raises NotFound, Conflict (`answered`)."""
    question = _lock(Question.objects.filter(pk=question_id, asker=user, hidden_at=None))
    if question.answered_at:
        raise Conflict(_("The seller has answered meanwhile."), code="answered")
    listing = question.listing
    question.delete()
    return listing


@transaction.atomic
def question_answer(*, seller: SellerProfile, question_id: int, text: str) -> Question:
    """Answer, and so publish, a question; an empty text takes both off the page again. Locks it.

    Raises NotFound for other sellers' and hidden questions, InvalidInput (`text`).
    """
    question = _lock(Question.objects.filter(pk=question_id, listing__seller=seller, hidden_at=None))
    text = _words(text, MAX_ANSWER_LENGTH)
    if text and not question.answered_at:
        message_publish(ANSWERED_TOPIC, subject=question.pk)
    question.answer = text
    question.answered_at = (question.answered_at or clock.now()) if text else None
    question.save(update_fields=["answer", "answered_at"])
    return question


def question_report(*, user: User, question: Question, text: str) -> bool:
    """Say that a question or its answer should not stand there; once per person, REPORTS_PER_DAY.

    Raises InvalidInput (`text`), TooMany.
    """
    text = _words(text, MAX_REPORT_LENGTH)
    made = QuestionReport.objects.filter(reporter=user, created_at__gt=clock.now() - DAY)
    if made.count() >= settings.REPORTS_PER_DAY:
        raise TooMany(_("You have sent many reports today. Please write to us instead."))
    return insert_once(QuestionReport(question=question, reporter=user, text=text))


@transaction.atomic
def question_judge(*, moderator: User, question_id: int, hide: bool) -> Question:
    """Hide a question with its answer, or leave (or show) it; what was said against it is dealt with.

    Locks it. Raises NotFound for those who may not moderate, Conflict (`own_listing`).
    """
    require_moderator(moderator)
    question = _lock(Question.objects.filter(pk=question_id))
    if moderator.pk in (question.listing.seller.user_id, question.asker_id):
        raise Conflict(_("Another moderator has to judge what concerns you."), code="own_listing")
    was_hidden = question.hidden_at is not None
    question.hidden_at = (question.hidden_at or clock.now()) if hide else None
    question.save(update_fields=["hidden_at"])
    question.reports.filter(decided_at=None).update(decided_at=clock.now())
    audit_record(
        actor=moderator,
        action="question.hidden" if hide else "question.shown",
        subject=question,
        detail={"before": was_hidden, "after": hide, "listing": question.listing_id},
    )
    return question


def _lock(rows: QuerySet[Question]) -> Question:
    question = rows.select_for_update(of=("self",)).select_related("listing__seller").first()
    if question is None:
        raise NotFound(_("There is no such question."), code="question_not_found")
    return question


def _words(text: str, most: int) -> str:
    """As it is kept: printable, plain line breaks, nothing around it."""
    text = printable(text.replace("\r\n", "\n")).strip()
    if len(text) > most:
        raise InvalidInput.of("text", _("Use at most %(count)s characters.") % {"count": most})
    return text
