"""Writes to what a buyer keeps beside what they own. Callers have established whose it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, InvalidInput
from common.texts import one_line, printable
from listings.models import PromptVersion
from marketplace.library.models import LibraryLabel, Preset, RenderRecord, RunReport
from payments.locks import buyer_lock
from payments.models import Entitlement

MOST_LABELS = 100
MOST_LABELS_PER_ITEM = 10
MOST_PRESETS = 30
MOST_RENDERS = 50
MAX_LABEL = 40
MAX_PRESET_NAME = 60
MAX_MODEL_VERSION = 80
MAX_OUTPUT = 20_000
MOST_RUNS = 20


@transaction.atomic
def labels_set(*, entitlement: Entitlement, user: User, names: Sequence[str]) -> None:
    """File something owned under these labels and no others; labels that file nothing are gone.

    Locks the user. Raises InvalidInput `labels`.
    """
    wanted = {name.casefold(): name for name in (one_line(raw) for raw in names) if name}
    if len(wanted) > MOST_LABELS_PER_ITEM:
        raise InvalidInput.of("labels", _("Use at most %(limit)d labels.") % {"limit": MOST_LABELS_PER_ITEM})
    if any(len(name) > MAX_LABEL for name in wanted.values()):
        message = _("A label has at most %(limit)d characters.") % {"limit": MAX_LABEL}
        raise InvalidInput.of("labels", message)
    buyer_lock(user.pk)
    known = {label.name.casefold(): label for label in LibraryLabel.objects.filter(user=user)}
    made = [LibraryLabel(user=user, name=name) for key, name in wanted.items() if key not in known]
    LibraryLabel.objects.bulk_create(made)
    known |= {label.name.casefold(): label for label in made}
    entitlement.labels.set([known[key] for key in wanted])
    LibraryLabel.objects.filter(user=user, entitlements=None).delete()
    if LibraryLabel.objects.filter(user=user).count() > MOST_LABELS:
        raise InvalidInput.of("labels", _("You have %(limit)d labels already.") % {"limit": MOST_LABELS})


@transaction.atomic
def preset_save(*, entitlement: Entitlement, name: str, values: Mapping[str, Any]) -> Preset:
    """Keep values under a name; the same name again takes the new ones. Raises InvalidInput `name`."""
    name = one_line(name)
    if not name:
        raise InvalidInput.of("name", _("Give the values a name."))
    if len(name) > MAX_PRESET_NAME:
        raise InvalidInput.of("name", _("Use at most %(limit)d characters.") % {"limit": MAX_PRESET_NAME})
    others = Preset.objects.filter(entitlement=entitlement).exclude(name=name)
    if others.count() >= MOST_PRESETS:
        raise InvalidInput.of(
            "name", _("You keep %(limit)d sets of values here. Delete one first.") % {"limit": MOST_PRESETS}
        )
    preset, _is_new = Preset.objects.update_or_create(
        entitlement=entitlement, name=name, defaults={"values": dict(values)}
    )
    return preset


def preset_delete(*, entitlement: Entitlement, preset_id: int) -> None:
    Preset.objects.filter(entitlement=entitlement, pk=preset_id).delete()


@transaction.atomic
def render_note(*, entitlement: Entitlement, version: PromptVersion, values: Mapping[str, Any]) -> None:
    """Remember a finished text by its values; the same as last time is not noted twice.

    The oldest beyond MOST_RENDERS are forgotten.
    """
    last = RenderRecord.objects.filter(entitlement=entitlement).order_by("-pk").first()
    if last is not None and (last.version_id, last.values) == (version.pk, dict(values)):
        return
    RenderRecord.objects.create(entitlement=entitlement, version=version, values=dict(values))
    kept = RenderRecord.objects.filter(entitlement=entitlement).order_by("-pk")
    old = list(kept.values_list("pk", flat=True)[MOST_RENDERS:])
    RenderRecord.objects.filter(pk__in=old).delete()


def renders_delete(*, entitlement: Entitlement, render_id: int | None = None) -> None:
    """Forget one finished text, or all of this prompt."""
    records = RenderRecord.objects.filter(entitlement=entitlement)
    (records if render_id is None else records.filter(pk=render_id)).delete()


@transaction.atomic
def run_report(
    *,
    entitlement: Entitlement,
    version: PromptVersion,
    model_version: str,
    worked: bool,
    output: str = "",
) -> RunReport:
    """Say how a run went: one report per version and model version, the last word counts.

    Raises Conflict `own_listing`; InvalidInput `model_version`, `output`.
    """
    model_version, output = one_line(model_version), printable(output).strip()
    if not 0 < len(model_version) <= MAX_MODEL_VERSION:
        raise InvalidInput.of("model_version", _("Name the model and its version."))
    if len(output) > MAX_OUTPUT:
        raise InvalidInput.of("output", _("Use at most %(limit)d characters.") % {"limit": MAX_OUTPUT})
    if entitlement.listing.seller.user_id == entitlement.buyer_id:
        raise Conflict(_("Runs of your own prompt do not count."), code="own_listing")
    known = RunReport.objects.filter(entitlement=entitlement)
    if known.count() >= MOST_RUNS and not known.filter(version=version, model_version=model_version).exists():
        raise InvalidInput.of("model_version", _("You have reported %(limit)d runs.") % {"limit": MOST_RUNS})
    report, _is_new = RunReport.objects.update_or_create(
        entitlement=entitlement,
        version=version,
        model_version=model_version,
        defaults={
            "listing_id": entitlement.listing_id,
            "worked": worked,
            "output": output,
            "reported_at": clock.now(),
        },
    )
    return report


def run_delete(*, entitlement: Entitlement, report_id: int) -> None:
    RunReport.objects.filter(entitlement=entitlement, pk=report_id).delete()
