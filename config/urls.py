"""URLs by face: webhooks, accounts, API, admin, then the pages."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from marketplace.pages.account import sign_out

# The site's own sign-in counts failed tries; the admin's would let anyone try passwords for ever.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "marketplace.pages.faults.fault"
urlpatterns = [
    path("stripe/", include("payments.urls")),
    path("accounts/logout/", sign_out, name="account_logout"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("marketplace.pages.oauth_urls")),
    path("", include("marketplace.urls")),
]
