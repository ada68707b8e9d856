"""Who the token belongs to."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.models import Scope, User
from accounts.queries import seller_profile_of
from accounts.services import profile_update
from marketplace.api.base import ApiView, user_of
from marketplace.api.fields import StrictCharField, StrictSerializer, parsed


class StorefrontSerializer(serializers.Serializer[Any]):
    handle = serializers.CharField()
    name = serializers.CharField()


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    display_name = serializers.CharField()
    handle = serializers.CharField()
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    seller = StorefrontSerializer(allow_null=True, help_text="Your storefront, if you have one.")
    is_moderator = serializers.BooleanField()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), help_text="What this token may do."
    )


class MeInputSerializer(StrictSerializer):
    display_name = StrictCharField(required=False, max_length=60)
    handle = StrictCharField(required=False, max_length=30)
    language = StrictCharField(required=False, max_length=5)


class MeView(ApiView):
    no_store = True

    @extend_schema(
        operation_id="me_retrieve", summary="Your profile and what this token may do", responses=MeSerializer
    )
    def get(self, request: Request) -> Response:
        return Response(self._data(request, user_of(request)))

    @extend_schema(
        operation_id="me_update",
        summary="Change your profile",
        request=MeInputSerializer,
        responses=MeSerializer,
    )
    def patch(self, request: Request) -> Response:
        changes = parsed(MeInputSerializer, request.data, partial=True)
        return Response(self._data(request, profile_update(user=user_of(request), **changes)))

    def _data(self, request: Request, user: User) -> dict[str, Any]:
        token = request.auth
        profile = seller_profile_of(user)
        return {
            "id": user.pk,
            "email": user.email,
            "display_name": user.display_name,
            "handle": user.handle,
            "language": user.language,
            "seller": StorefrontSerializer(profile).data if profile else None,
            "is_moderator": user.is_staff,
            "scopes": list(token.scopes) if isinstance(token, Access) else [],
        }
