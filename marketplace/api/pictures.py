"""Pictures for examples of image models, sent before the listing that names them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from listings.models import Picture
from listings.pictures import MAX_BYTES
from listings.services.pictures import picture_store
from marketplace.api.base import ApiView, seller_of
from marketplace.api.fields import StrictSerializer, parsed
from marketplace.api.listing_shape import picture_url
from marketplace.api.throttles import AddressThrottle, PictureThrottle, TokenThrottle

# The form around the file.
ENVELOPE_BYTES = 100_000
FORM = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "picture": {
                "type": "string",
                "contentMediaType": "application/octet-stream",
                "description": f"PNG, JPEG or WebP, at most {MAX_BYTES // 1_000_000} MB.",
            }
        },
        "required": ["picture"],
    }
}


class PictureInputSerializer(StrictSerializer):
    picture = serializers.FileField()


class PictureSerializer(serializers.Serializer[Picture]):
    """A picture as it is kept."""

    picture = serializers.CharField(source="digest", help_text="Name it so in an example.")
    url = serializers.SerializerMethodField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()

    def get_url(self, picture: Picture) -> str:
        return picture_url(picture)


class PicturesView(ApiView):
    scopes = {"POST": Scope.LISTINGS_WRITE}
    parser_classes = [MultiPartParser]
    throttle_classes = [TokenThrottle, AddressThrottle, PictureThrottle]
    max_body_bytes = MAX_BYTES + ENVELOPE_BYTES

    @extend_schema(
        operation_id="pictures_create",
        summary="Upload a picture for an example",
        description=(
            "The picture is judged by its content, made anew as WebP without what a camera wrote beside it, "
            "and named by `picture`. Name it in an example within two days: what nothing shows is swept "
            "away. Sent again, the same picture has the same name."
        ),
        request=FORM,
        responses={201: PictureSerializer},
    )
    def post(self, request: Request) -> Response:
        seller_of(request)
        sent: Any = request.data  # a form's rows, or nothing at all
        file = parsed(PictureInputSerializer, dict(sent.items()))["picture"]
        picture = picture_store(file=file, size=file.size)
        return Response(PictureSerializer(picture).data, status=201)
