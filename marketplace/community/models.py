from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile, User
from common import clock
from listings.models import Listing, Tag, TargetModel

MAX_QUESTION_LENGTH = 1000
MAX_ANSWER_LENGTH = 2000


class Follow(models.Model):
    """Somebody wants to hear of new prompts of a seller, for a model, or under a tag: exactly one of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows", db_index=False)
    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, null=True, related_name="followers")
    model = models.ForeignKey(TargetModel, on_delete=models.CASCADE, null=True, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [
            models.CheckConstraint(
                condition=Q(seller__isnull=False, model=None, tag=None)
                | Q(seller=None, model__isnull=False, tag=None)
                | Q(seller=None, model=None, tag__isnull=False),
                name="follow_exactly_one",
            ),
            models.UniqueConstraint(
                fields=["user", "seller"], condition=Q(seller__isnull=False), name="follow_seller_once"
            ),
            models.UniqueConstraint(
                fields=["user", "model"], condition=Q(model__isnull=False), name="follow_model_once"
            ),
            models.UniqueConstraint(
                fields=["user", "tag"], condition=Q(tag__isnull=False), name="follow_tag_once"
            ),
        ]
        indexes = [models.Index(F("user"), F("created_at").desc(), name="follow_by_user")]

    def __str__(self) -> str:
        return f"follow of {self.user_id}"


class Question(models.Model):
    """What somebody asks about a listing. Everybody sees it once the seller has answered.

    asked ──answer──▶ public ──hide──▶ hidden    (a moderator hides and shows again)
      └──────────────hide──────────────▶┘
    """

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="questions", db_index=False)
    asker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("your question"), max_length=MAX_QUESTION_LENGTH)
    created_at = models.DateTimeField(default=clock.now)
    answer = models.TextField(_("your answer"), max_length=MAX_ANSWER_LENGTH, blank=True)
    answered_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="question_answered_has_answer",
            )
        ]
        indexes = [
            models.Index(F("listing"), F("answered_at").desc(), F("id").desc(), name="question_by_listing")
        ]

    def __str__(self) -> str:
        return f"question about listing {self.listing_id}"


class QuestionReport(models.Model):
    """Somebody says that a question or its answer should not stand there."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(_("what is wrong"), max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "reporter"], name="question_report_once_per_person")
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(decided_at=None), name="question_report_waiting")
        ]

    def __str__(self) -> str:
        return f"report of question {self.question_id}"
