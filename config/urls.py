"""URLs by face: webhooks, accounts, API, admin, then the pages."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("stripe/", include("payments.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("marketplace.urls")),
]
