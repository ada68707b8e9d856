from django.urls import path

from marketplace.pages import mailbox, mcp_passing, system

urlpatterns = [
    path("favicon.ico", system.favicon),
    path("healthz", system.healthz, name="healthz"),
    path("readyz", system.readyz, name="readyz"),
    path("metrics", system.metrics, name="metrics"),
    path("mcp", mcp_passing.mcp, name="mcp"),
    path("dev/mailbox/", mailbox.mailbox, name="mailbox"),
    path("dev/mailbox/<str:name>/<int:position>/", mailbox.mail, name="mailbox_mail"),
    path("dev/mailbox/<str:name>/<int:position>/html/", mailbox.mail_html, name="mailbox_mail_html"),
]
