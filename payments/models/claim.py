from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.ids import uuid7
from listings.models import ExampleOutput, PromptVersion
from payments.models.order import OrderItem
from payments.models.refund import Refund


class ClaimStatus(models.TextChoices):
    """
    open ──seller accepts, or is silent until due_at──▶ refunded
      │ ├──seller contests──▶ contested ──moderator──▶ refunded, refused
      │ └──a person must look──▶ ▲  └──seller accepts──▶ refunded
      └──buyer withdraws──▶ withdrawn ◀──┘

    open, contested ──the money went back another way──▶ closed
    """

    OPEN = "open", _("Waiting for the seller")
    CONTESTED = "contested", _("Waiting for a moderator")
    REFUNDED = "refunded", _("Refunded")
    REFUSED = "refused", _("Not refunded")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CLOSED = "closed", _("Settled otherwise")


ACTIVE_CLAIMS = (ClaimStatus.OPEN, ClaimStatus.CONTESTED)


class RefundClaim(models.Model):
    """A buyer who has read the text says, with evidence, that it does not do what an example shows.

    The seller has until `due_at`. What was tried and what came out may quote the prompt, so it is for buyer,
    seller and moderators alone. Everything that happens is a step.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="claims")
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="refund_claims")
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    example = models.ForeignKey(
        ExampleOutput, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    tried = models.TextField(_("what you tried"), max_length=2000)
    model_version = models.CharField(_("model and version"), max_length=80)
    output = models.TextField(_("what came out"), max_length=20_000)
    status = models.CharField(max_length=10, choices=ClaimStatus.choices, default=ClaimStatus.OPEN)
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, related_name="claim")
    created_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("refund claim")
        verbose_name_plural = _("refund claims")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ClaimStatus.values), name="claim_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=ACTIVE_CLAIMS, closed_at=None)
                | (~Q(status__in=ACTIVE_CLAIMS) & Q(closed_at__isnull=False)),
                name="claim_closed_unless_active",
            ),
            models.CheckConstraint(
                condition=Q(status="refunded", refund__isnull=False)
                | (~Q(status="refunded") & Q(refund=None)),
                name="claim_refunded_has_refund",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(status__in=ACTIVE_CLAIMS), name="claim_one_active_per_item"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="open"), name="claim_due"),
            models.Index(fields=["created_at"], condition=Q(status="contested"), name="claim_queue"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE_CLAIMS


class ClaimPicture(models.Model):
    """A screenshot with a claim. In the database, for no public address may lead to it."""

    claim = models.OneToOneField(RefundClaim, on_delete=models.CASCADE, related_name="picture")
    content = models.BinaryField(help_text="WebP.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"picture of claim {self.claim_id}"


class StepKind(models.TextChoices):
    OPENED = "opened", _("Refund asked for")
    REFERRED = "referred", _("Passed on to a moderator")
    CONTESTED = "contested", _("The seller disagrees")
    ACCEPTED = "accepted", _("The seller agrees")
    SILENCE = "silence", _("No answer in time")
    UPHELD = "upheld", _("Decided for the buyer")
    REFUSED = "refused", _("Decided for the seller")
    WITHDRAWN = "withdrawn", _("Withdrawn by the buyer")
    CLOSED = "closed", _("Settled otherwise")


class ReferredFor(models.TextChoices):
    """Why no silence decides: kept as the step's words, for moderators alone."""

    BALANCE = "balance", _("The seller's balance does not bear the refund.")
    OFTEN = "often", _("Much of what this buyer bought in 90 days came back.")


class ClaimStep(models.Model):
    """What happened to a claim, in words that both sides and moderators see alike. Never changed."""

    claim = models.ForeignKey(RefundClaim, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("step of a refund claim")
        verbose_name_plural = _("steps of refund claims")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="claim_step_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of claim {self.claim_id}"
