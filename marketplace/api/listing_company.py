"""What stands beside a listing: its reviews, and others like it."""

from functools import partial

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from listings.queries.detail import public_listing, similar_listings
from marketplace.api.base import ApiView, reader_of
from marketplace.api.fields import Timestamp, shaped
from marketplace.api.listing_shape import ListingSerializer, listings_data_by_id
from marketplace.api.pagination import PAGE_PARAMETERS, paged, whole_list
from marketplace.api.schema import page_of
from marketplace.models import Review

SIMILAR_COUNT = 8


class ReviewSerializer(serializers.Serializer[Review]):
    """A verified buyer's verdict."""

    id = serializers.IntegerField()
    stars = serializers.IntegerField(help_text="1 to 5.")
    text = serializers.CharField()
    buyer = serializers.CharField(source="buyer.display_name")
    created_at = Timestamp()
    edited_at = Timestamp(allow_null=True)
    reply = serializers.CharField(help_text="The seller's answer, empty without one.")
    replied_at = Timestamp(allow_null=True)


class ReviewsView(ApiView):
    public = frozenset({"GET"})

    @extend_schema(
        operation_id="listings_reviews_list",
        summary="A listing's reviews, newest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(ReviewSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        reviews: QuerySet[Review] = Review.objects.filter(listing=public_listing(slug)).select_related(
            "buyer"
        )
        return paged(request, reviews, ("-created_at", "-id"), partial(shaped, ReviewSerializer))


class SimilarView(ApiView):
    public = frozenset({"GET"})

    @extend_schema(
        operation_id="listings_similar_list",
        summary="Listings like this one, closest first",
        responses=page_of(ListingSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        cards = similar_listings(public_listing(slug), SIMILAR_COUNT)
        return whole_list(request, listings_data_by_id([card.id for card in cards], reader_of(request)))
