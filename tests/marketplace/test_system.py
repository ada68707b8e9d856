"""What machines ask, and the demo's mailbox."""

import re

import pytest
from django.core.mail import send_mail
from django.test import Client

from marketplace.pages import system
from payments.models import StripeEvent

pytestmark = pytest.mark.django_db


def test_the_process_says_that_it_is_up(client: Client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_it_is_ready_when_all_parts_answer(client: Client):
    assert client.get("/readyz").json() == {"ready": True, "problems": {}}


def test_a_broker_that_is_away_is_named_without_its_address(client: Client, settings, monkeypatch):
    monkeypatch.setattr(system.current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert set(response.json()["problems"]) == {"broker"}
    assert "127.0.0.1" not in response.content.decode()


def test_a_missing_migration_is_named(client: Client, monkeypatch):
    monkeypatch.setattr(system, "_migrations_were_applied", False)
    monkeypatch.setattr(system.MigrationExecutor, "migration_plan", lambda *_: [("one", False)])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "run manage.py migrate" in response.json()["problems"]["migrations"]


def test_metrics_count_the_work_that_waits(client: Client):
    def counted(name: str) -> float:
        text = client.get("/metrics").content.decode()
        found = re.search(rf'^{name}{{kind="stripe_events"}} (\S+)$', text, re.MULTILINE)
        assert found
        return float(found.group(1))

    # Relative: the site of another test of this session may have stored events late.
    waiting, tried_often = counted("promptfair_waiting"), counted("promptfair_tried_often")
    StripeEvent.objects.create(stripe_event_id="evt_1", type="x", payload={}, attempts=7)
    assert counted("promptfair_waiting") == waiting + 1
    assert counted("promptfair_tried_often") == tried_often + 1


@pytest.mark.parametrize(
    "request_of",
    [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, {"HTTP_FORWARDED": "x"}],
)
def test_metrics_are_not_public(client: Client, request_of):
    assert client.get("/metrics", **request_of).status_code == 404


def test_with_a_token_only_the_token_opens_metrics(client: Client, settings):
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer right"}).status_code == 200


def test_a_browser_that_asks_for_an_icon_finds_one(client: Client):
    assert client.get("/favicon.ico").headers["Location"].endswith("mark.svg")


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = settings.MAILBOX_DIR = tmp_path
    settings.IS_DEMO = True
    html = "<p>Bonjour <b>Zoë</b></p>"
    send_mail("A subject", "Hello Zoë", "a@example.test", ["zoe@example.test"], html_message=html)
    return next(tmp_path.glob("*.log")).name


def test_the_demo_shows_the_mails_it_would_have_sent(client: Client, mailbox: str):
    assert b"A subject" in client.get("/dev/mailbox/").content
    mail = client.get(f"/dev/mailbox/{mailbox}/0/").content.decode()
    assert "Hello Zoë" in mail
    html = client.get(f"/dev/mailbox/{mailbox}/0/html/")
    assert "Bonjour <b>Zoë</b>" in html.content.decode()
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["", "{name}/0/", "{name}/0/html/"])
def test_only_the_demo_has_a_mailbox(client: Client, settings, mailbox: str, path: str):
    settings.IS_DEMO = False
    assert client.get("/dev/mailbox/" + path.format(name=mailbox)).status_code == 404


@pytest.mark.parametrize("path", ["..%2Fsecret_key/0/", "nothing.log/0/", "{name}/9/"])
def test_the_mailbox_shows_nothing_else(client: Client, mailbox: str, path: str):
    assert client.get("/dev/mailbox/" + path.format(name=mailbox)).status_code == 404
