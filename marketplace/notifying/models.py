from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from common import clock
from common.attempts import Attempted


class Notification(Attempted):
    """One thing one person is told: on their page, by a mail, or both.

    `source` names what it is about; it makes telling twice impossible. `data` holds what its sentence
    needs, which is never a prompt's text.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    source = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    path = models.CharField(max_length=200)
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    by_mail = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "source"], name="notification_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notification_kind_known"),
        ]
        indexes = [
            models.Index(
                F("user"),
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(in_app=True),
                name="notification_page",
            ),
            models.Index(fields=["user"], condition=Q(in_app=True, read_at=None), name="notification_unread"),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(by_mail=True, mailed_at=None),
                name="notification_unmailed",
            ),
            models.Index(fields=["created_at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Spread(Attempted):
    """Telling many people one thing, a batch at a time. `cursor` is the last person a batch came to.

    `key` names what is told, so that it is told once, and begins with the word for who tells it.
    """

    key = models.CharField(max_length=80, unique=True)
    cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(finished_at=None), name="spread_waiting")
        ]

    def __str__(self) -> str:
        return self.key
