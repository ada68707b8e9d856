"""Reading the library: what one owns, filtered, a page at a time, in a constant number of statements."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from common import clock
from listings.models import Listing, TargetModel
from marketplace.library.models import LibraryLabel, RunReport
from payments.models import Entitlement
from payments.queries import library_of

RUN_DAYS = 60


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """What of the library is asked for. `has_update`: a later version than the one bought is on sale."""

    q: str = ""
    model: str = ""
    label: str = ""
    has_update: bool = False

    @property
    def is_set(self) -> bool:
        return bool(self.q or self.model or self.label or self.has_update)


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page of what is owned, newest first; `next_after` and `is_first` lead on and back to the start."""

    rows: list[Entitlement]
    next_after: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How runs of the last RUN_DAYS went, each buyer, version and model version once."""

    worked: int
    total: int

    @property
    def days(self) -> int:
        return RUN_DAYS


def library_found(buyer: User, wanted: LibraryFilter) -> QuerySet[Entitlement]:
    found = library_of(buyer)
    if wanted.q:
        words = Q(listing__title__icontains=wanted.q) | Q(listing__summary__icontains=wanted.q)
        found = found.filter(words | Q(listing__seller__name__icontains=wanted.q))
    if wanted.model:
        found = found.filter(listing__model__slug=wanted.model)
    if wanted.label:
        found = found.filter(labels__user=buyer, labels__name=wanted.label)
    if wanted.has_update:
        found = found.filter(listing__published_version__number__gt=F("version__number"))
    return found


def library_page(buyer: User, wanted: LibraryFilter, after: str, size: int) -> LibraryPage:
    """The page behind the entitlement `after`; an `after` that is nowhere gives the first page."""
    found = library_found(buyer, wanted).prefetch_related("labels")
    last = Entitlement.objects.filter(buyer=buyer, pk=after).first() if _is_id(after) else None
    if last is not None:
        at = last.granted_at
        found = found.filter(Q(granted_at__lt=at) | Q(granted_at=at, id__lt=last.pk))
    rows = list(found[: size + 1])
    has_more = len(rows) > size
    return LibraryPage(rows[:size], str(rows[size - 1].pk) if has_more else "", last is None)


def library_models(buyer: User) -> list[TargetModel]:
    """The models of what is owned, for the filter."""
    owned = Entitlement.objects.filter(buyer=buyer, revoked_at=None)
    return list(TargetModel.objects.filter(pk__in=owned.values("listing__model")))


def library_labels(buyer: User) -> list[tuple[str, int]]:
    """The buyer's labels with how many things each files."""
    labels = LibraryLabel.objects.filter(user=buyer, entitlements__revoked_at=None)
    counted = labels.annotate(count=Count("entitlements")).order_by("name")
    return list(counted.values_list("name", "count"))


def run_counts(listing: Listing) -> RunCounts | None:
    """Of the version on sale, in the last RUN_DAYS; None while nobody told. One statement."""
    since = clock.now() - datetime.timedelta(days=RUN_DAYS)
    runs = RunReport.objects.filter(
        listing=listing, reported_at__gte=since, version=listing.published_version_id
    )
    runs = runs.filter(entitlement__revoked_at=None)
    sums = runs.aggregate(total=Count("pk"), worked=Count("pk", filter=Q(worked=True)))
    return RunCounts(sums["worked"], sums["total"]) if sums["total"] else None


def runs_of(listing: Listing) -> QuerySet[RunReport]:
    """All reports for the seller, the latest first; whose they are is none of the seller's business."""
    runs = RunReport.objects.filter(listing=listing).select_related("version").order_by("-reported_at", "-pk")
    return runs.defer("version__text", "version__instructions", "version__variables")


def label_names(text: str) -> Sequence[str]:
    return [name.strip() for name in text.split(",")]


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
