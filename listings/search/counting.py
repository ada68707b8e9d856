"""How many answers there are and how they divide: counted when few, else estimated from one row in fifty."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from listings.models import Modality
from listings.search.conditions import TABLE, Condition, condition_of, is_impossible
from listings.search.correcting import Reading
from listings.search.meaning import FACETED, documents_of, words_query
from listings.search.planning import COUNTED, estimate
from listings.search.query import Facet, Facets, SearchFacts, SearchQuery, Total
from listings.search.rows import SAMPLE_EVERY

_GROUPS = """
    SELECT model.slug, model.name, model.modality, category.slug, category.name, category.name_fr,
        language, rows
    FROM (
        SELECT model_id, category_id, language, count(*) AS rows
        FROM (SELECT model_id, category_id, language FROM {table} {where} OFFSET 0) AS matches
        GROUP BY model_id, category_id, language
    ) AS groups
    JOIN listings_targetmodel AS model ON model.id = model_id
    JOIN listings_category AS category ON category.id = category_id
    ORDER BY model.position, model.name, category.position, category.name"""


@dataclass(frozen=True, slots=True)
class Group:
    """Matches that have model, category and language in common."""

    model: str
    model_name: str
    modality: str
    category: str
    category_name: str
    category_name_fr: str
    language: str
    rows: int


def facts_count(cursor: CursorWrapper, query: SearchQuery, reading: Reading) -> SearchFacts:
    """Total and facets in one statement, or in two where the total is small and the facets' base is large."""
    meaning = reading.meaning
    words = words_query(reading.question, meaning.tokens)
    facets_base = condition_of(query, meaning, words, lifted=FACETED)
    base_documents = documents_of(reading.question, meaning, lifted=FACETED)
    all_documents = documents_of(reading.question, meaning)
    is_exact = bool(facets_base.sql or meaning.rows <= COUNTED) and (
        estimate(meaning.rows, base_documents).matches <= COUNTED
    )
    groups = _groups(cursor, facets_base if is_exact else facets_base.also("sampled"))
    scale = 1 if is_exact else SAMPLE_EVERY
    facets = _facets(groups, query, scale)
    total = scale * sum(group.rows for group in groups if _meets(group, query, ()))
    if is_impossible(query, meaning, lifted=()):
        return SearchFacts(Total(0, is_exact=True), facets)
    if not is_exact and min(total, estimate(meaning.rows, all_documents).matches) <= COUNTED:
        return SearchFacts(_counted(cursor, condition_of(query, meaning, words)), facets)
    return SearchFacts(Total(total, is_exact), facets)


def _groups(cursor: CursorWrapper, condition: Condition) -> list[Group]:
    cursor.execute(_GROUPS.format(table=TABLE, where=condition.where), condition.values)
    return [Group(*row) for row in cursor.fetchall()]


def _counted(cursor: CursorWrapper, condition: Condition) -> Total:
    limit = COUNTED * 2
    cursor.execute(
        f"SELECT count(*) FROM (SELECT FROM {TABLE} {condition.where} LIMIT {limit}) AS matches",
        condition.values,
    )
    count = cursor.fetchone()[0]
    return Total(count, is_exact=count < limit)


def _meets(group: Group, query: SearchQuery, lifted: Iterable[str]) -> bool:
    return all(
        getattr(group, name) == getattr(query, name)
        for name in FACETED
        if getattr(query, name) and name not in lifted
    )


def _facets(groups: list[Group], query: SearchQuery, scale: int) -> Facets:
    french = (get_language() or "").startswith("fr")

    def facet(name: str, label: Callable[[Group], str], *also_lifted: str) -> list[Facet]:
        counts: Counter[str] = Counter()
        labels: dict[str, str] = {}
        for group in groups:
            if _meets(group, query, (name, *also_lifted)):
                slug = getattr(group, name)
                counts[slug] += group.rows * scale
                labels.setdefault(slug, label(group))
        return [Facet(slug, labels[slug], counts[slug]) for slug in labels]

    modalities = dict(Modality.choices)
    return Facets(
        models=facet("model", lambda group: group.model_name),
        categories=facet(
            "category", lambda group: (french and group.category_name_fr) or group.category_name
        ),
        modalities=facet(
            "modality", lambda group: str(modalities.get(group.modality, group.modality)), "model"
        ),
        languages=facet("language", lambda group: _language_name(group.language)),
        is_exact=scale == 1,
    )


def _language_name(code: str) -> str:
    return {"en": _("English"), "fr": _("French")}.get(code, code)
