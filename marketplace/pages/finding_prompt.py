"""What a prompt's page shows: everything but the text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import User
from listings.markdown import markdown_html
from listings.models import ExampleOutput, Listing, Picture, PromptVersion
from listings.queries.cards import ListingCard
from listings.queries.detail import PublicVersion, is_stale, public_version, similar_listings
from listings.templating import TemplateVariable, VariableType
from marketplace.community.asked import questions_about
from marketplace.community.models import Question
from marketplace.library.queries import RunCounts, run_counts
from marketplace.models import Review
from marketplace.reviews import is_favorite, reviews_of
from marketplace.sharing import Share
from marketplace.sharing.pictures import picture_of
from marketplace.sharing.schema_org import breadcrumbs, product
from payments.models import Entitlement
from payments.queries import active_entitlement

REVIEWS_SHOWN = 20
QUESTIONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ShownVariable:
    variable: TemplateVariable
    type_label: str


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An example as people read it: labels for names, Markdown as HTML (sanitised)."""

    values: list[tuple[str, str]]
    output_html: str
    picture: Picture | None
    picture_alt: str


@dataclass(frozen=True, slots=True)
class PromptPage:
    """`is_own` is true for the seller; `entitlement` is the reader's, if they bought it."""

    listing: Listing
    version: PublicVersion
    variables: list[ShownVariable]
    examples: list[ShownExample]
    reviews: list[Review]
    questions: list[Question]
    similar: list[ListingCard]
    is_own: bool
    entitlement: Entitlement | None
    runs: RunCounts | None = None
    is_stale: bool = False
    may_remix: bool = False
    is_kept: bool = False
    may_keep: bool = False


def prompt_page_of(listing: Listing, reader: User | AnonymousUser) -> PromptPage:
    """The page of a published listing for one reader; a constant number of queries."""
    version = public_version(listing)
    is_own = reader.is_authenticated and listing.seller.user_id == reader.pk
    entitlement = active_entitlement(reader, listing) if isinstance(reader, User) and not is_own else None
    return PromptPage(
        listing=listing,
        version=version,
        variables=[ShownVariable(variable, _type_label(variable)) for variable in version.variables],
        examples=[_shown(example, version.variables) for example in version.examples],
        reviews=list(reviews_of(listing)[:REVIEWS_SHOWN]),
        questions=list(questions_about(listing)[:QUESTIONS_SHOWN]),
        similar=similar_listings(listing),
        is_own=is_own,
        entitlement=entitlement,
        runs=run_counts(listing),
        is_stale=is_stale(listing, version.published_at),
        may_remix=entitlement is not None and listing.is_free,
        is_kept=isinstance(reader, User) and is_favorite(reader, listing),
        may_keep=True,
    )


def share_of(listing: Listing) -> Share:
    """What the page says of itself; the listing has its model, category and seller."""
    picture, path = picture_of(listing), listing.get_absolute_url()
    category = (listing.category.local_name, listing.category.get_absolute_url())
    return Share(
        title=listing.title,
        text=listing.summary,
        path=path,
        kind="product",
        picture=picture,
        facts=[product(listing, picture), breadcrumbs(category, (listing.title, path))],
    )


def preview_page_of(listing: Listing, version: PromptVersion) -> PromptPage:
    """The page as it would be with `version` (its examples loaded) on sale, as its seller sees it."""
    variables = [TemplateVariable.from_dict(raw) for raw in version.variables]
    examples = list(version.examples.all())
    return PromptPage(
        listing=listing,
        version=PublicVersion(
            number=version.number,
            published_at=version.published_at,
            word_count=version.word_count,
            changelog=version.changelog,
            variables=variables,
            examples=examples,
        ),
        variables=[ShownVariable(variable, _type_label(variable)) for variable in variables],
        examples=[_shown(example, variables) for example in examples],
        reviews=[],
        questions=[],
        similar=[],
        is_own=True,
        entitlement=None,
    )


def _type_label(variable: TemplateVariable) -> str:
    known = variable.type in VariableType.values
    return str(VariableType(variable.type).label) if known else variable.type


def _shown(example: ExampleOutput, variables: list[TemplateVariable]) -> ShownExample:
    values: Mapping[str, Any] = example.values
    declared = {variable.name: variable.label for variable in variables}
    names = [name for name in declared if name in values] + [name for name in values if name not in declared]
    return ShownExample(
        values=[(declared.get(name, name), _as_text(values[name])) for name in names],
        output_html=markdown_html(example.output_text),
        picture=example.picture,
        picture_alt=example.picture_alt,
    )


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value)
