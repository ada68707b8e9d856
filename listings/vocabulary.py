"""The models and categories every installation starts with: without them nobody could list anything.

The demo catalogue is written with the same words (marketplace/demo/catalogue/vocabulary.toml).
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps

OTHER = "other"

# slug, name, provider, modality
MODELS = (
    ("chatgpt", "ChatGPT", "OpenAI", "text"),
    ("claude", "Claude", "Anthropic", "text"),
    ("gemini", "Gemini", "Google", "text"),
    ("llama", "Llama", "Meta", "text"),
    ("mistral", "Mistral", "Mistral AI", "text"),
    ("deepseek", "DeepSeek", "DeepSeek", "code"),
    ("midjourney", "Midjourney", "Midjourney", "image"),
    ("stable-diffusion", "Stable Diffusion", "Stability AI", "image"),
    ("flux", "FLUX", "Black Forest Labs", "image"),
    ("sora", "Sora", "OpenAI", "video"),
    (OTHER, "Another model", "", "text"),
)

# slug, name, name in French, description, description in French
CATEGORIES = (
    (
        "writing",
        "Writing",
        "Écriture",
        "Drafting, editing and translation, from a difficult letter to a whole chapter.",
        "Rédiger, corriger et traduire, de la lettre délicate au chapitre entier.",
    ),
    (
        "marketing",
        "Marketing",
        "Marketing",
        "Positioning, campaigns, product pages and newsletters that respect the reader.",
        "Positionnement, campagnes, fiches produit et lettres qui respectent le lecteur.",
    ),
    (
        "coding",
        "Coding",
        "Programmation",
        "Reviews, tests, migrations, debugging and documentation for working developers.",
        "Relectures, tests, migrations, débogage et documentation pour qui développe au quotidien.",
    ),
    (
        "business",
        "Business",
        "Entreprise",
        "Decisions, negotiations, plans, hiring and the documents a company runs on.",
        "Décisions, négociations, plans, recrutement et documents qui font vivre une entreprise.",
    ),
    (
        "education",
        "Education",
        "Enseignement",
        "Lessons, exercises, feedback and study plans, for teachers and for learners.",
        "Leçons, exercices, corrections et plans de travail, pour enseigner et pour apprendre.",
    ),
    (
        "design",
        "Design",
        "Design",
        "Identity, interfaces, packaging and motion, with the craft terms spelled out.",
        "Identité, interfaces, emballage et animation, avec le vocabulaire du métier.",
    ),
    (
        "photography",
        "Photography",
        "Photographie",
        "Portraits, products, food and places, described the way a photographer would.",
        "Portraits, produits, cuisine et lieux, décrits comme le ferait un photographe.",
    ),
    (
        "illustration",
        "Illustration",
        "Illustration",
        "Picture books, editorial art, maps and botanical plates in a consistent hand.",
        "Albums, presse, cartes et planches botaniques, d'une main qui reste la même.",
    ),
    (
        "productivity",
        "Productivity",
        "Organisation",
        "Meetings, inboxes, plans and reviews, so that the week has fewer loose ends.",
        "Réunions, messagerie, plans et bilans, pour des semaines avec moins de fils qui traînent.",
    ),
    (
        "data",
        "Data",
        "Données",
        "SQL, spreadsheets, charts and honest reading of numbers.",
        "SQL, tableurs, graphiques et lecture honnête des chiffres.",
    ),
    (
        "wellbeing",
        "Wellbeing",
        "Bien-être",
        "Meals, movement, sleep and reflection, with sensible limits.",
        "Repas, mouvement, sommeil et réflexion, avec des limites raisonnables.",
    ),
    (
        "games",
        "Games",
        "Jeux",
        "Adventures, puzzles, characters and worlds for the table and the screen.",
        "Aventures, énigmes, personnages et mondes, sur table et à l'écran.",
    ),
    (
        OTHER,
        "Other",
        "Autres",
        "Everything that fits no other shelf.",
        "Ce qui n'entre dans aucun autre rayon.",
    ),
)


def vocabulary_ensure(*, get_model: Callable[[str, str], Any] = apps.get_model) -> None:
    """Add the models and categories that are missing; those that are there keep what staff made of them.

    `get_model` is for migrations, which have models of their own.
    """
    target_model, category = get_model("listings", "TargetModel"), get_model("listings", "Category")
    for position, (slug, name, provider, modality) in enumerate(MODELS, 1):
        target_model.objects.get_or_create(
            slug=slug,
            defaults={"name": name, "provider": provider, "modality": modality, "position": position},
        )
    for position, (slug, name, name_fr, description, description_fr) in enumerate(CATEGORIES, 1):
        category.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "name_fr": name_fr,
                "description": description,
                "description_fr": description_fr,
                "position": position,
            },
        )
