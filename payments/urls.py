from django.urls import path

from payments import webhooks

urlpatterns = [
    path("webhook/", webhooks.webhook, name="stripe_webhook"),
    path("connect-webhook/", webhooks.connect_webhook, name="stripe_connect_webhook"),
]
