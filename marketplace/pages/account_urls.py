from django.urls import path

from marketplace.pages import account, account_apps, account_notifications, account_tokens

urlpatterns = [
    path("", account.account_settings, name="account_settings"),
    path("notifications/", account_notifications.preferences, name="account_notifications"),
    path("apps/", account_apps.apps, name="account_apps"),
    path("apps/<str:pk>/end/", account_apps.app_access_end, name="account_app_end"),
    path("apps/<str:pk>/delete/", account_apps.app_removal, name="account_app_delete"),
    path("tokens/", account_tokens.tokens, name="account_tokens"),
    path("tokens/<int:pk>/revoke/", account_tokens.token_revocation, name="account_token_revoke"),
]
