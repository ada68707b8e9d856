"""Covers: the same for the same listing, different for another, small, and safe to serve as a file."""

import re
from xml.etree import ElementTree

import pytest

from listings.covers import FAMILIES, cover_svg

MODELS = (
    "chatgpt",
    "claude",
    "gemini",
    "llama",
    "mistral",
    "deepseek",
    "midjourney",
    "stable-diffusion",
    "flux",
    "sora",
)
SVG = "{http://www.w3.org/2000/svg}"
MANY = [(f"listing-{number}", MODELS[number % len(MODELS)]) for number in range(400)]


def test_same_listing_always_gets_the_same_cover() -> None:
    assert cover_svg("weekly-menu", "claude") == cover_svg("weekly-menu", "claude")


def test_title_names_the_cover_without_changing_the_drawing() -> None:
    named = cover_svg("weekly-menu", "claude", "Weekly menu")
    assert named.replace("<title>Weekly menu</title>", "") == cover_svg("weekly-menu", "claude")


def test_covers_differ_between_slugs_and_between_models() -> None:
    covers = {cover_svg(slug, model) for slug, model in MANY} | {
        cover_svg("listing-0", model) for model in MODELS[1:]
    }
    assert len(covers) == len(MANY) + len(MODELS) - 1


def test_a_model_keeps_to_its_hue_and_models_differ() -> None:
    grounds = {model: {cover_ground(f"listing-{number}", model) for number in range(60)} for model in MODELS}
    assert all(len(found) >= 3 for found in grounds.values())
    assert len(set.union(*grounds.values())) == sum(map(len, grounds.values()))


def test_every_composition_is_drawn_for_some_listing() -> None:
    drawn = {re.sub(r"[^a-zA-Z<>]", "", cover_svg(slug, model))[:160] for slug, model in MANY}
    assert len(drawn) >= len(FAMILIES) >= 5


def cover_ground(slug: str, model: str) -> str:
    found = re.search(r'height="675" fill="(#[0-9a-f]{6})"', cover_svg(slug, model))
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("slug", "model"), [*MANY[:120], ("", ""), ("é" * 300, "a-model-we-do-not-know"), ("x", "--")]
)
def test_cover_is_small_well_formed_and_sixteen_by_nine(slug: str, model: str) -> None:
    cover = cover_svg(slug, model, "Any title")
    root = ElementTree.fromstring(cover)  # noqa: S314 - our own output
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 1200 675"
    assert len(cover.encode()) < 12_000


def test_cover_has_no_script_no_style_and_nothing_from_outside() -> None:
    for slug, model in MANY:
        cover = cover_svg(slug, model)
        assert not re.search(r"<(script|style|image|foreignObject|use|text)\b|style=|href|\son\w+=", cover)
        assert re.findall(r"https?://[^\"]+", cover) == ["http://www.w3.org/2000/svg"]
        assert "nan" not in cover
        assert set(re.findall(r"url\(#(\w+)\)", cover)) <= set(re.findall(r'id="(\w+)"', cover))


@pytest.mark.parametrize(
    "title",
    [
        '</title><script>alert("1")</script>',
        "R&D & more",
        "a\x00b\x1bc",
        "x" * 100_000,
        "&" * 100_000,
        "\ud800 lone",
    ],
)
def test_any_title_is_escaped_and_cannot_make_the_cover_large(title: str) -> None:
    cover = cover_svg("weekly-menu", "claude", title)
    root = ElementTree.fromstring(cover)  # noqa: S314 - our own output
    name = root.find(f"{SVG}title")
    assert name is not None
    assert name.text
    assert root.find(f".//{SVG}script") is None
    assert len(cover.encode()) < 12_000
