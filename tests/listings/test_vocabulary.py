"""The models and categories every installation has."""

import tomllib
from pathlib import Path

import pytest

from listings.models import Category, TargetModel
from listings.vocabulary import vocabulary_ensure

CATALOGUE = Path(__file__).resolve().parents[2] / "marketplace" / "demo" / "catalogue" / "vocabulary.toml"


@pytest.mark.django_db
def test_it_is_the_demo_catalogues_vocabulary_and_other() -> None:
    words = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    vocabulary_ensure()

    for rows, given in ((TargetModel, words["models"]), (Category, words["categories"])):
        slugs = list(rows.objects.order_by("position").values_list("slug", flat=True))
        assert slugs == [*(word["slug"] for word in given), "other"]
        for word in given:
            row = rows.objects.get(slug=word["slug"])
            assert {name: getattr(row, name) for name in word} == word


@pytest.mark.django_db
def test_doing_it_again_keeps_what_staff_changed() -> None:
    vocabulary_ensure()
    TargetModel.objects.filter(slug="claude").update(name="Claude 5")

    vocabulary_ensure()

    assert TargetModel.objects.get(slug="claude").name == "Claude 5"
