"""What the token's user keeps in mind."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import InvalidInput
from marketplace.api.base import ApiView, user_of
from marketplace.api.fields import StrictCharField, StrictSerializer, parsed
from marketplace.api.listing_shape import ListingSerializer, listings_data_by_id
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.schema import PROBLEM_MEDIA_TYPE, ProblemSerializer, page_of
from marketplace.models import Favorite
from marketplace.reviewing import favorite_add, favorite_remove
from marketplace.reviews import favorites_of

NOT_THERE = OpenApiResponse(ProblemSerializer, description="There is no such listing.")


class FavoriteInputSerializer(StrictSerializer):
    listing = StrictCharField(max_length=90, help_text="The listing's slug.")


class FavoritesView(ApiView):
    no_store = True

    @extend_schema(
        operation_id="me_favorites_list",
        summary="Your favourites, newest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(ListingSerializer),
    )
    def get(self, request: Request) -> Response:
        user = user_of(request)
        return paged(request, favorites_of(user), ("-created_at", "-id"), lambda rows: _shaped(rows, user))

    @extend_schema(
        operation_id="me_favorites_create",
        summary="Keep a listing in mind",
        description="Keeping it twice is keeping it once.",
        request=FavoriteInputSerializer,
        responses={201: ListingSerializer, (404, PROBLEM_MEDIA_TYPE): NOT_THERE},
    )
    def post(self, request: Request) -> Response:
        user = user_of(request)
        data = parsed(FavoriteInputSerializer, request.data)
        listing = favorite_add(user=user, listing_slug=data["listing"])
        return Response(listings_data_by_id([listing.pk], user)[0], status=201)

    @extend_schema(
        operation_id="me_favorites_destroy",
        summary="Keep a listing no longer",
        parameters=[OpenApiParameter("listing", str, required=True, description="The listing's slug.")],
        responses={204: None, (404, PROBLEM_MEDIA_TYPE): NOT_THERE},
    )
    def delete(self, request: Request) -> Response:
        slug = request.query_params.get("listing", "")
        if not slug:
            raise InvalidInput.of("listing", _("Name the listing by its slug."))
        favorite_remove(user=user_of(request), listing_slug=slug[:90])
        return Response(status=204)


def _shaped(favorites: Sequence[Favorite], user: User) -> list[Any]:
    return listings_data_by_id([favorite.listing_id for favorite in favorites], user)
