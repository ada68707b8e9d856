"""Atom feeds of the newest prompts: of all, of a model, of a category."""

import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from listings.models import Category, TargetModel
from listings.queries.cards import ListingCard
from listings.queries.catalogue import catalogue_cards
from listings.queries.filters import CatalogueFilter
from listings.search.query import Sort

FEED_LENGTH = 50
FEED_SECONDS = 300

if TYPE_CHECKING:
    _Feed = Feed[ListingCard, Any]
else:
    _Feed = Feed


class _NewestFeed(_Feed):
    """Links are made from PUBLIC_URL; the sites framework is not asked. An entry's id is its address."""

    feed_type = Atom1Feed

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """With an ETag of the entries, so that a reader who has them all is sent nothing."""
        response = super().__call__(request, *args, **kwargs)
        etag = f'"{sha256(response.content).hexdigest()[:24]}"'
        answer: HttpResponseBase = get_conditional_response(request, etag=etag, response=response) or response
        answer["ETag"] = etag
        patch_cache_control(answer, public=True, max_age=FEED_SECONDS)
        return answer  # type: ignore[return-value]

    def items(self, obj: Any) -> list[ListingCard]:
        return catalogue_cards(self.filter_of(obj), limit=FEED_LENGTH)

    def filter_of(self, obj: Any) -> CatalogueFilter:
        return CatalogueFilter(sort=Sort.NEWEST)

    def item_title(self, item: Any) -> str:
        return f"{item.title} · {item.price_label}"

    def item_description(self, item: Any) -> str:
        return str(item.summary)

    def item_link(self, item: Any) -> str:
        return f"{settings.PUBLIC_URL}{item.url}?via=feed"

    def item_guid(self, item: Any) -> str:
        return f"{settings.PUBLIC_URL}{item.url}"

    def item_author_name(self, item: Any) -> str:
        return str(item.seller_name)

    def item_categories(self, item: Any) -> tuple[str, str]:
        return (item.category_name, item.model_name)

    def item_pubdate(self, item: Any) -> datetime.datetime:
        return item.published_at  # type: ignore[no-any-return]


class NewPromptsFeed(_NewestFeed):
    def link(self, obj: None) -> str:
        return f"{settings.PUBLIC_URL}{reverse('prompts')}"

    def feed_url(self, obj: None) -> str:
        return f"{settings.PUBLIC_URL}{reverse('feed_new')}"

    def title(self, obj: None) -> str:
        return _("New prompts on Promptfair")

    def subtitle(self, obj: None) -> str:
        return _("What sellers have just published.")


class ModelFeed(_NewestFeed):
    def get_object(self, request: HttpRequest, slug: str) -> TargetModel:
        return get_object_or_404(TargetModel, slug=slug)

    def filter_of(self, obj: TargetModel) -> CatalogueFilter:
        return CatalogueFilter(model=obj.slug, sort=Sort.NEWEST)

    def link(self, obj: TargetModel) -> str:
        return f"{settings.PUBLIC_URL}{obj.get_absolute_url()}"

    def feed_url(self, obj: TargetModel) -> str:
        return f"{settings.PUBLIC_URL}{reverse('feed_model', args=[obj.slug])}"

    def title(self, obj: TargetModel) -> str:
        return _("New prompts for %(model)s") % {"model": obj.name}

    def subtitle(self, obj: TargetModel) -> str:
        return _("What sellers have just published.")


class CategoryFeed(_NewestFeed):
    def get_object(self, request: HttpRequest, slug: str) -> Category:
        return get_object_or_404(Category, slug=slug)

    def filter_of(self, obj: Category) -> CatalogueFilter:
        return CatalogueFilter(category=obj.slug, sort=Sort.NEWEST)

    def link(self, obj: Category) -> str:
        return f"{settings.PUBLIC_URL}{obj.get_absolute_url()}"

    def feed_url(self, obj: Category) -> str:
        return f"{settings.PUBLIC_URL}{reverse('feed_category', args=[obj.slug])}"

    def title(self, obj: Category) -> str:
        return _("New prompts: %(category)s") % {"category": obj.local_name}

    def subtitle(self, obj: Category) -> str:
        return obj.local_description
