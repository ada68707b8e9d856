"""Staff see where webhooks go and what became of them; never a secret, never what was sent."""

import pytest
from django.urls import reverse

from marketplace.outgoing.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from tests.factories import SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(UserFactory.create(staff=True, is_superuser=True))
    return client


def test_webhooks_are_looked_at_and_not_changed(boss):
    endpoint = WebhookEndpoint.objects.create(
        seller=SellerProfileFactory(), url="https://seller.example/hook", events=[], secret="whsec_hidden"
    )
    message = WebhookMessage.objects.create(
        endpoint=endpoint, event="sale.completed", subject="sale:1", source="1", body="quokkabody"
    )
    WebhookAttempt.objects.create(message=message, status_code=503, milliseconds=12)
    for row in (endpoint, message):
        name = row._meta.model_name
        pages = [f"admin:marketplace_{name}_changelist", f"admin:marketplace_{name}_change"]
        for page, arguments in zip(pages, ([], [row.pk]), strict=True):
            answer = boss.get(reverse(page, args=arguments))
            assert answer.status_code == 200
            assert "whsec_hidden" not in answer.content.decode()
            assert "quokkabody" not in answer.content.decode()
        assert boss.get(reverse(f"admin:marketplace_{name}_add")).status_code == 403
    shown = boss.get(reverse("admin:marketplace_webhookmessage_change", args=[message.pk]))
    assert "503" in shown.content.decode()
