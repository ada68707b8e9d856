"""Rows for tests, made as they stand in the database. What has rules is better made by its service."""

from typing import Any

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from accounts.models import SellerProfile, User
from common import clock
from listings import templating
from listings.models import Category, ExampleOutput, Listing, ListingStatus, PromptVersion, Tag, TargetModel
from listings.services.texts import text_hash, word_count

PASSWORD = "a-good-long-password"


class UserFactory(DjangoModelFactory[User]):
    """A person with a confirmed address; `verified=False` leaves it unconfirmed."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        staff = factory.Trait(is_staff=True)

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    handle = factory.Sequence(lambda n: f"person-{n}")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def verified(self: Any, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if create:
            EmailAddress.objects.create(
                user=self, email=self.email, primary=True, verified=extracted is not False
            )


class SellerProfileFactory(DjangoModelFactory[SellerProfile]):
    class Meta:
        model = SellerProfile

    user = factory.SubFactory(UserFactory)
    handle = factory.Sequence(lambda n: f"seller-{n}")
    name = factory.Sequence(lambda n: f"Seller {n}")


class TargetModelFactory(DjangoModelFactory[TargetModel]):
    class Meta:
        model = TargetModel
        django_get_or_create = ("slug",)

    slug = "chatgpt"
    name = factory.LazyAttribute(lambda model: model.slug.title())


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category
        django_get_or_create = ("slug",)

    slug = "writing"
    name = factory.LazyAttribute(lambda category: category.slug.title())
    name_fr = factory.LazyAttribute(lambda category: f"{category.slug.title()} (fr)")


class TagFactory(DjangoModelFactory[Tag]):
    class Meta:
        model = Tag
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"tag-{n}")


class ListingFactory(DjangoModelFactory[Listing]):
    """A listing with one version, sealed and published as `status` says.

    `text`, `variables`, `instructions` and `examples` (dicts of values and output_text) are the version's.
    """

    class Meta:
        model = Listing

    seller = factory.SubFactory(SellerProfileFactory)
    slug = factory.Sequence(lambda n: f"listing-{n}")
    title = factory.Sequence(lambda n: f"Listing {n}")
    summary = "What it does, in a line."
    description = "What it does, at length."
    description_html = "<p>What it does, at length.</p>"
    model = factory.SubFactory(TargetModelFactory)
    category = factory.SubFactory(CategoryFactory)
    price_amount = 499

    text = factory.Sequence(lambda n: f"Secret text {n}: write about {{{{topic}}}}.")

    @classmethod
    def _create(cls, model_class: type[Listing], *args: Any, **kwargs: Any) -> Listing:
        status = kwargs.pop("status", ListingStatus.DRAFT)
        tags = kwargs.pop("tags", ())
        version = {
            name: kwargs.pop(name) for name in ("variables", "instructions", "examples") if name in kwargs
        }
        version["text"] = kwargs.pop("text")
        listing: Listing = super()._create(model_class, *args, **kwargs)
        listing.tags.set(TagFactory(slug=slug) for slug in tags)
        at = None if status == ListingStatus.DRAFT else clock.now()
        on_sale = {ListingStatus.PUBLISHED, ListingStatus.UNLISTED, ListingStatus.REMOVED}
        published_at = (listing.published_at or at) if status in on_sale else None
        made = PromptVersionFactory(listing=listing, sealed_at=at, published_at=published_at, **version)
        listing.status, listing.submitted_at, listing.published_at = status, at, published_at
        listing.published_version = made if published_at else None
        listing.save()
        return listing


class PromptVersionFactory(DjangoModelFactory[PromptVersion]):
    """A version with two examples, the working copy unless `sealed_at` is given."""

    class Meta:
        model = PromptVersion

    listing = factory.SubFactory(ListingFactory)
    number = factory.LazyAttribute(lambda version: version.listing.versions.count() + 1)
    text = factory.Sequence(lambda n: f"Secret text, version {n}: write about {{{{topic}}}}.")
    variables = factory.LazyAttribute(
        lambda version: [variable.to_dict() for variable in templating.derive_variables(version.text)]
    )
    text_hash = factory.LazyAttribute(lambda version: text_hash(version.text))
    word_count = factory.LazyAttribute(lambda version: word_count(version.text))

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
