"""Autocompletion."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from listings.search.suggesting import suggestions
from marketplace.api.base import ApiView
from marketplace.api.pagination import whole_list
from marketplace.api.schema import page_of


class SuggestionSerializer(serializers.Serializer[Any]):
    """Words to search for (`kind` is `words`), or a listing to go to (`listing`)."""

    kind = serializers.ChoiceField(choices=["words", "listing"])
    text = serializers.CharField(help_text="The whole question, or the listing's title.")
    listing = serializers.CharField(allow_null=True, help_text="A listing's slug.")
    url = serializers.CharField()


class SuggestView(ApiView):
    public = frozenset({"GET"})

    @extend_schema(
        operation_id="search_suggest",
        summary="What may be meant by what is typed so far",
        description="Words first, then listings; nothing below two letters.",
        parameters=[OpenApiParameter("q", str, description="What is typed so far.")],
        responses=page_of(SuggestionSerializer),
    )
    def get(self, request: Request) -> Response:
        found = suggestions(request.query_params.get("q", ""))
        words = [
            {"kind": "words", "text": text, "listing": None, "url": reverse("prompts", query={"q": text})}
            for text in found.words
        ]
        listings = [
            {"kind": "listing", "text": each.title, "listing": each.slug, "url": f"/prompts/{each.slug}/"}
            for each in found.listings
        ]
        return whole_list(request, [*words, *listings])
