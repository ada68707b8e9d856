from django.urls import path

from marketplace.pages import account, account_notifications, account_tokens

urlpatterns = [
    path("", account.account_settings, name="account_settings"),
    path("notifications/", account_notifications.preferences, name="account_notifications"),
    path("tokens/", account_tokens.tokens, name="account_tokens"),
    path("tokens/<int:pk>/revoke/", account_tokens.token_revocation, name="account_token_revoke"),
]
