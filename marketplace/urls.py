"""The pages by what people come for, and the API."""

from django.urls import include, path

urlpatterns = [
    path("", include("marketplace.pages.finding_urls")),
    path("moderation/", include("marketplace.pages.moderation_urls")),
    path("sell/", include("marketplace.pages.selling_urls")),
    path("", include("marketplace.pages.buying_urls")),
    path("account/", include("marketplace.pages.account_urls")),
    path("", include("marketplace.pages.system_urls")),
    path("api/", include("marketplace.api.urls")),
]
