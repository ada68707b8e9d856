from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models.listing import Listing, ListingStatus


class TakedownKind(models.TextChoices):
    COPYRIGHT = "copyright", _("It uses somebody's work or name")
    UNSAFE = "unsafe", _("It is dangerous or harmful")
    MISLEADING = "misleading", _("It is not what it says")
    OTHER = "other", _("Something else")


class TakedownState(models.TextChoices):
    """
    in_force ──counter-notice──▶ countered
       │  │                        │   │
       │  └─(14 days)──▶ upheld ◀──┘   │     by another moderator
       └───────────────▶ restored ◀────┘
    """

    IN_FORCE = "in_force", _("In force")
    COUNTERED = "countered", _("The seller objects")
    RESTORED = "restored", _("Restored")
    UPHELD = "upheld", _("Upheld")


TAKEDOWN_MOVES: dict[str, set[str]] = {
    TakedownState.IN_FORCE: {TakedownState.COUNTERED, TakedownState.RESTORED, TakedownState.UPHELD},
    TakedownState.COUNTERED: {TakedownState.RESTORED, TakedownState.UPHELD},
    TakedownState.RESTORED: set(),
    TakedownState.UPHELD: set(),
}
OPEN_TAKEDOWNS = [TakedownState.IN_FORCE, TakedownState.COUNTERED]


class Takedown(models.Model):
    """A listing taken off sale for a reason, the seller's answer, and what another moderator made of it."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="takedowns")
    kind = models.CharField(_("reason"), max_length=10, choices=TakedownKind.choices)
    words = models.TextField(_("what the seller is told"), max_length=2000)
    state = models.CharField(max_length=10, choices=TakedownState.choices, default=TakedownState.IN_FORCE)
    status_before = models.CharField(max_length=10, choices=ListingStatus.choices)
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    counter_text = models.TextField(_("counter-notice"), max_length=4000, blank=True)
    countered_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision_words = models.TextField(max_length=2000, blank=True)
    decided_at = models.DateTimeField(null=True)
    ends_access = models.BooleanField(_("ends buyers' access"), default=False)

    class Meta:
        verbose_name = _("takedown")
        verbose_name_plural = _("takedowns")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TakedownState.values), name="takedown_state_known"),
            models.CheckConstraint(condition=Q(kind__in=TakedownKind.values), name="takedown_kind_known"),
            models.UniqueConstraint(
                fields=["listing"],
                condition=Q(state__in=["in_force", "countered"]),
                name="takedown_one_open_per_listing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["in_force", "countered"], decided_at=None)
                | Q(state__in=["restored", "upheld"], decided_at__isnull=False),
                name="takedown_decided_unless_open",
            ),
            models.CheckConstraint(
                condition=Q(ends_access=False) | Q(state="upheld"), name="takedown_ends_access_when_upheld"
            ),
        ]

    def __str__(self) -> str:
        return f"takedown of listing {self.listing_id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_TAKEDOWNS

    def may_become(self, state: str) -> bool:
        return state in TAKEDOWN_MOVES[self.state]
