"""Webhooks in the studio."""

import pytest

from marketplace.outgoing.delivering import endpoint_deliver
from marketplace.outgoing.models import WebhookEndpoint, WebhookMessage
from tests.factories import SellerProfileFactory, UserFactory
from tests.marketplace.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return SellerProfileFactory()


@pytest.fixture
def studio(client, alice):
    client.force_login(alice.user)
    return client


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


def made(studio, receiver):
    return studio.post("/sell/webhooks/", {"url": receiver.url, "events": ["sale.completed", "payout.paid"]})


def test_the_secret_is_shown_once(studio, receiver):
    page = made(studio, receiver)
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    for path in ("/sell/webhooks/", endpoint.get_absolute_url()):
        text = studio.get(path).content.decode()
        assert receiver.url in text.replace("&amp;", "&")
        assert endpoint.secret not in text
    old = endpoint.secret
    page = studio.post(f"{endpoint.get_absolute_url()}secret/")
    endpoint.refresh_from_db()
    assert endpoint.secret != old
    assert endpoint.secret in page.content.decode()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://127.0.0.1/", "not on the public internet"),
        ("https://169.254.169.254/latest/", "not on the public internet"),
        ("http://[::1]:5432/", "not on the public internet"),
        ("https://nowhere.invalid/", "cannot be found"),
        ("nonsense", "Write a whole address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_reason(studio, url, sentence):
    page = studio.post("/sell/webhooks/", {"url": url, "events": ["sale.completed"]})
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert f'value="{url}"' in page.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_paused_and_resumed(studio, receiver):
    made(studio, receiver)
    endpoint = WebhookEndpoint.objects.get()
    path = endpoint.get_absolute_url()
    assert studio.post(path, {"url": receiver.url, "events": []}).status_code == 400
    studio.post(path, {"url": receiver.url, "events": ["review.created"]})
    studio.post(f"{path}state/", {"state": "paused"})
    endpoint.refresh_from_db()
    assert (endpoint.events, endpoint.pause_reason) == (["review.created"], "seller")
    assert "You paused it." in studio.get(path).content.decode()
    studio.post(f"{path}state/", {"state": "active"})
    endpoint.refresh_from_db()
    assert endpoint.paused_at is None


def test_the_log_says_what_came_of_it_and_sends_again(studio, receiver):
    made(studio, receiver)
    endpoint = WebhookEndpoint.objects.get()
    receiver.answers = [503]
    page = studio.post(f"{endpoint.get_absolute_url()}test/", follow=True)
    assert "Not tried yet" in page.content.decode()
    endpoint_deliver(endpoint_id=endpoint.pk)
    message = WebhookMessage.objects.get()
    path = f"{endpoint.get_absolute_url()}messages/{message.key}/"
    assert "HTTP 503" in studio.get(path).content.decode()
    assert "HTTP 503" in studio.get(endpoint.get_absolute_url()).content.decode()
    assert "about to be sent" in studio.post(path, follow=True).content.decode()
    endpoint_deliver(endpoint_id=endpoint.pk)
    text = studio.get(path).content.decode()
    assert "HTTP 204" in text
    assert "Delivered" in text


def test_an_endpoint_is_deleted_after_a_question(studio, receiver):
    made(studio, receiver)
    path = f"{WebhookEndpoint.objects.get().get_absolute_url()}delete/"
    assert "Delete this endpoint?" in studio.get(path).content.decode()
    studio.post(path)
    assert not WebhookEndpoint.objects.exists()


def test_to_others_there_is_no_such_endpoint(client, studio, receiver):
    made(studio, receiver)
    endpoint = WebhookEndpoint.objects.get()
    studio.post(f"{endpoint.get_absolute_url()}test/")
    message = WebhookMessage.objects.get()
    bob = SellerProfileFactory()
    pages = ("", "secret/", "state/", "test/", "delete/", f"messages/{message.key}/")
    for page in pages:
        path = endpoint.get_absolute_url() + page
        client.force_login(bob.user)
        assert client.post(path).status_code == 404, page
        client.force_login(UserFactory())
        assert client.post(path).status_code == 302, page
        client.logout()
        assert "/accounts/login/" in client.post(path)["Location"]
    assert WebhookEndpoint.objects.get().secret == endpoint.secret


def test_ten_endpoints_are_enough(studio, receiver):
    for _ in range(10):
        assert made(studio, receiver).status_code == 200
    page = made(studio, receiver)
    assert "You have ten endpoints" in page.content.decode()
    assert WebhookEndpoint.objects.count() == 10
