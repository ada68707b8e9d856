"""Everything that is written down, for tests in which nothing may change."""

from typing import Any

from django.apps import apps

from payments.models import PayoutRun, ReconciliationRun, StripeCursor

# How often something was tried and looked at may differ from run to run, and diaries grow.
VOLATILE = {"attempts", "next_attempt_at", "next_check_at", "last_error"}
VOLATILE |= {"times_seen", "last_seen_at", "synced_at", "refreshed_at"}
DIARIES = (ReconciliationRun, StripeCursor, PayoutRun)


def rows() -> dict[str, list[Any]]:
    """By table."""
    found = [apps.get_app_config(name).get_models() for name in ("payments", "common", "listings")]
    return {model.__name__: _rows_of(model) for models in found for model in models if model not in DIARIES}


def _rows_of(model: Any) -> list[Any]:
    lasting = [field.attname for field in model._meta.concrete_fields if field.attname not in VOLATILE]
    return list(model.objects.order_by("pk").values_list(*lasting))
