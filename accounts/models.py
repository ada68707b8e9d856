from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common import clock

handle_validator = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]{1,28})[a-z0-9]$",
    _("A handle has 3 to 30 lower-case letters, digits or hyphens, and begins and ends with no hyphen."),
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Buyer and seller are roles of one user: a seller is a user with a SellerProfile."""

    email = models.EmailField(_("email address"), unique=True)
    display_name = models.CharField(_("display name"), max_length=60)
    handle = models.CharField(_("handle"), max_length=30, unique=True, validators=[handle_validator])
    language = models.CharField(_("language"), max_length=5, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(_("moderator or staff"), default=False)
    joined_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["display_name", "handle"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(condition=Q(handle=Lower("handle")), name="user_handle_lower"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


def user_display(user: User) -> str:
    """How allauth's mails and pages address a user."""
    return user.display_name


class SellerProfile(models.Model):
    """The public storefront identity of a user. Its handle stands in links and never changes hands."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="seller_profile")
    handle = models.CharField(
        _("storefront handle"), max_length=30, unique=True, validators=[handle_validator]
    )
    name = models.CharField(_("storefront name"), max_length=60)
    bio = models.TextField(_("about you"), max_length=600, blank=True)
    is_trusted = models.BooleanField(_("trusted"), default=False)
    followers_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("seller profile")
        verbose_name_plural = _("seller profiles")
        constraints = [
            models.CheckConstraint(condition=Q(handle=Lower("handle")), name="seller_handle_lower")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/sellers/{self.handle}/"


class Scope(models.TextChoices):
    LISTINGS_READ = "listings:read", _("Read your own listings")
    LISTINGS_WRITE = "listings:write", _("Create and edit listings")
    ORDERS_WRITE = "orders:write", _("Make and read orders, ask for refunds")
    LIBRARY_READ = "library:read", _("Read the prompts you own")
    SALES_READ = "sales:read", _("Read sales, balance and payouts")
    PAYOUTS_WRITE = "payouts:write", _("Ask for payouts, refund your buyers")
    MODERATION_WRITE = "moderation:write", _("Review submissions (moderators)")


class ApiToken(models.Model):
    """A bearer token. Only its SHA-256 is kept: with 256 random bits a slow hash adds nothing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=12, help_text="The first characters, to recognise it by.")
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope.choices))
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > clock.now())


class NoticeKind(models.TextChoices):
    """What a person can be told of."""

    VERSION = "version", _("A new version of a prompt you own")
    REPLY = "reply", _("A seller's reply to your review")
    ANSWER = "answer", _("An answer to your question")
    REFUND = "refund", _("A refund, asked for or decided")
    DIGEST = "digest", _("New prompts from whom and what you follow")
    SALE = "sale", _("A sale")
    REVIEW = "review", _("A review of your prompt")
    QUESTION = "question", _("A question about your prompt")
    DECISION = "decision", _("What a moderator decided about your prompt")
    DISPUTE = "dispute", _("A payment disputed by a bank")
    PAYOUT = "payout", _("Your payouts")
    TAKEDOWN = "takedown", _("A takedown of your prompt")


class DigestRhythm(models.TextChoices):
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Once a week, on Monday")


class NoticePreference(models.Model):
    """How a person wants to be told of a kind. Without a row: in the app and by mail, digests weekly."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)
    rhythm = models.CharField(max_length=6, choices=DigestRhythm.choices, default=DigestRhythm.WEEKLY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_preference_once"),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="notice_preference_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id}"


class AuditEntry(models.Model):
    """Who did, or read, what. Append-only: a trigger refuses updates and deletes."""

    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-created_at"], name="audit_by_subject")
        ]
        ordering = [F("created_at").desc(), F("id").desc()]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"
