"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.pages.carts import counts_of


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "is_demo": settings.IS_DEMO,
        "public_url": settings.PUBLIC_URL,
        "head_counts": counts_of(request),
    }
