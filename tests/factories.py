"""Rows for tests, made as they stand in the database. What has rules is better made by its service."""

from typing import Any

from allauth.account.models import EmailAddress
from factory.declarations import LazyAttribute, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory, Password
from factory.helpers import post_generation

from accounts.models import SellerProfile, User
from common import clock
from listings import templating
from listings.models import (
    Category,
    ExampleOutput,
    Listing,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    Tag,
    TargetModel,
)
from listings.search import search_row_refresh
from listings.services.texts import text_hash, word_count

PASSWORD = "a-good-long-password"


class UserFactory(DjangoModelFactory[User]):
    """A person with a confirmed address; `verified=False` leaves it unconfirmed."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        staff = Trait(is_staff=True)

    email = Sequence(lambda n: f"person{n}@example.test")
    display_name = Sequence(lambda n: f"Person {n}")
    handle = Sequence(lambda n: f"person-{n}")
    password = Password(PASSWORD)

    @post_generation
    def verified(self: Any, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if create:
            EmailAddress.objects.create(
                user=self, email=self.email, primary=True, verified=extracted is not False
            )


class SellerProfileFactory(DjangoModelFactory[SellerProfile]):
    class Meta:
        model = SellerProfile

    user = SubFactory(UserFactory)
    handle = Sequence(lambda n: f"seller-{n}")
    name = Sequence(lambda n: f"Seller {n}")


class TargetModelFactory(DjangoModelFactory[TargetModel]):
    class Meta:
        model = TargetModel
        django_get_or_create = ("slug",)

    slug = "chatgpt"
    name = LazyAttribute(lambda model: model.slug.title())


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category
        django_get_or_create = ("slug",)

    slug = "writing"
    name = LazyAttribute(lambda category: category.slug.title())
    name_fr = LazyAttribute(lambda category: f"{category.slug.title()} (fr)")


class TagFactory(DjangoModelFactory[Tag]):
    class Meta:
        model = Tag
        django_get_or_create = ("slug",)

    slug = Sequence(lambda n: f"tag-{n}")


class ListingFactory(DjangoModelFactory[Listing]):
    """A listing with one version, sealed and published as `status` says.

    `text`, `variables`, `instructions` and `examples` (dicts of values and output_text) are the version's.
    """

    class Meta:
        model = Listing

    seller = SubFactory(SellerProfileFactory)
    slug = Sequence(lambda n: f"listing-{n}")
    title = Sequence(lambda n: f"Listing {n}")
    summary = "What it does, in a line."
    description = "What it does, at length."
    description_html = "<p>What it does, at length.</p>"
    model = SubFactory(TargetModelFactory)
    category = SubFactory(CategoryFactory)
    price_amount = 499

    text = Sequence(lambda n: f"Secret text {n}: write about {{{{topic}}}}.")

    @classmethod
    def _create(cls, model_class: type[Listing], *args: Any, **kwargs: Any) -> Listing:
        status = kwargs.pop("status", ListingStatus.DRAFT)
        tags = kwargs.pop("tags", ())
        version: dict[str, Any] = {
            name: kwargs.pop(name) for name in ("variables", "instructions", "examples") if name in kwargs
        }
        version["text"] = kwargs.pop("text")
        listing: Listing = super()._create(model_class, *args, **kwargs)
        listing.tags.set(TagFactory.create(slug=slug) for slug in tags)
        at = None if status == ListingStatus.DRAFT else clock.now()
        on_sale = {ListingStatus.PUBLISHED, ListingStatus.UNLISTED, ListingStatus.REMOVED}
        published_at = (listing.published_at or at) if status in on_sale else None
        made = PromptVersionFactory.create(
            listing=listing, sealed_at=at, published_at=published_at, **version
        )
        if status == ListingStatus.REJECTED:
            ModerationDecision.objects.create(
                version=made,
                moderator=UserFactory.create(staff=True),
                decision="reject",
                reasons=["Not yet."],
            )
        listing.status, listing.submitted_at, listing.published_at = status, at, published_at
        listing.published_version = made if published_at else None
        listing.save()
        if status == ListingStatus.PUBLISHED:
            search_row_refresh(listing.pk)
        return listing


class PromptVersionFactory(DjangoModelFactory[PromptVersion]):
    """A version with two examples, the working copy unless `sealed_at` is given."""

    class Meta:
        model = PromptVersion

    listing = SubFactory(ListingFactory)
    number = LazyAttribute(lambda version: version.listing.versions.count() + 1)
    text = Sequence(lambda n: f"Secret text, version {n}: write about {{{{topic}}}}.")
    variables = LazyAttribute(
        lambda version: [variable.to_dict() for variable in templating.derive_variables(version.text)]
    )
    text_hash = LazyAttribute(lambda version: text_hash(version.text))
    word_count = LazyAttribute(lambda version: word_count(version.text))

    @classmethod
    def _create(cls, model_class: type[PromptVersion], *args: Any, **kwargs: Any) -> PromptVersion:
        sealed_at, published_at = kwargs.pop("sealed_at", None), kwargs.pop("published_at", None)
        examples = kwargs.pop("examples", None)
        version: PromptVersion = super()._create(model_class, *args, **kwargs)
        for position, example in enumerate(example_inputs(version) if examples is None else examples):
            ExampleOutput.objects.create(version=version, position=position, **example)
        if sealed_at:
            version.sealed_at, version.published_at = sealed_at, published_at
            version.save(update_fields=["sealed_at", "published_at"])
        return version


def example_inputs(version: PromptVersion, count: int = 2) -> list[dict[str, Any]]:
    """Examples that fill every variable of `version`."""
    return [
        {
            "values": {variable["name"]: f"value {number}" for variable in version.variables},
            "output_text": f"Output {number}",
        }
        for number in range(1, count + 1)
    ]
