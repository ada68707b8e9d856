"""Who may know whom: imports by import-linter's contracts, foreign keys by the apps' order."""

from pathlib import Path

from django.apps import apps
from importlinter.cli import lint_imports

from tests.architecture.files import CHECKOUT

LOWEST_FIRST = ["common", "accounts", "listings", "payments", "marketplace"]
DJANGOS_OWN = {"auth", "contenttypes"}


def test_the_import_contracts_hold(monkeypatch, capsys):
    monkeypatch.chdir(CHECKOUT)
    assert lint_imports(no_logo=True) == 0, capsys.readouterr().out


def test_foreign_keys_point_downwards():
    upwards = []
    for label in LOWEST_FIRST:
        lower = set(LOWEST_FIRST[: LOWEST_FIRST.index(label) + 1]) | DJANGOS_OWN
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                target = field.related_model if field.concrete and field.is_relation else None
                if target is not None and target._meta.app_label not in lower:
                    upwards.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert upwards == []


def test_every_app_of_ours_has_its_place():
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == CHECKOUT}
    assert ours == set(LOWEST_FIRST)
