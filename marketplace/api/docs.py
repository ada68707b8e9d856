"""The OpenAPI schema and the reference page made from it."""

from typing import Any

from django.utils.translation import get_language
from django.views.generic import TemplateView
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api.throttles import AddressThrottle

_schemas: dict[str | None, Any] = {}


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1, as JSON unless `?format=yaml` or the Accept header asks for YAML."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    throttle_classes = [AddressThrottle]

    def _get_schema_response(self, request: Request) -> Response:
        """The same for all until the next release, so it is made once per language."""
        language = get_language()
        if language not in _schemas:
            generator: Any = self.generator_class()
            _schemas[language] = generator.get_schema(request=None, public=True)
        return Response(_schemas[language], headers={"Cache-Control": "public, max-age=300"})


class ReferenceView(TemplateView):
    """Swagger UI from our own origin; a static file starts it, since the CSP allows no inline script."""

    template_name = "api/docs.html"


class UnknownPath(APIView):
    """Whatever else is asked for below /api/ is answered with a problem, not with the site's 404 page."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AddressThrottle]
    schema = None
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound(
            "There is nothing here. Paths end in a slash; the reference is at /api/docs/."
        )
