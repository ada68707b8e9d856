"""The words listings are filed under."""

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from listings.models import Category, Modality, Tag, TargetModel
from marketplace.api.base import ApiView
from marketplace.api.fields import shaped
from marketplace.api.pagination import PAGE_PARAMETERS, paged, whole_list
from marketplace.api.schema import page_of


class TargetModelSerializer(serializers.Serializer[TargetModel]):
    slug = serializers.CharField()
    name = serializers.CharField()
    provider = serializers.CharField()
    modality = serializers.ChoiceField(choices=Modality.choices)


class CategorySerializer(serializers.Serializer[Category]):
    slug = serializers.CharField()
    name = serializers.CharField(source="local_name", help_text="In the language of Accept-Language.")
    description = serializers.CharField(source="local_description")


class TagSerializer(serializers.Serializer[Tag]):
    slug = serializers.CharField()


class ModelsView(ApiView):
    public = frozenset({"GET"})

    @extend_schema(
        operation_id="models_list",
        summary="The AI models prompts are written for",
        responses=page_of(TargetModelSerializer),
    )
    def get(self, request: Request) -> Response:
        return whole_list(request, shaped(TargetModelSerializer, TargetModel.objects.all()))


class CategoriesView(ApiView):
    public = frozenset({"GET"})

    @extend_schema(
        operation_id="categories_list", summary="The categories", responses=page_of(CategorySerializer)
    )
    def get(self, request: Request) -> Response:
        return whole_list(request, shaped(CategorySerializer, Category.objects.all()))


class TagsView(ApiView):
    public = frozenset({"GET"})

    @extend_schema(
        operation_id="tags_list",
        summary="The tags, by name",
        parameters=PAGE_PARAMETERS,
        responses=page_of(TagSerializer),
    )
    def get(self, request: Request) -> Response:
        return paged(request, Tag.objects.all(), ("slug",), partial(shaped, TagSerializer))
