"""A seller's address must not make us speak to a machine that only we can reach."""

import ipaddress
import socket
import threading
import time

import pytest

from marketplace.outgoing import guard, sending
from marketplace.outgoing.guard import Refused, target_of
from tests.marketplace.webhooks.receiver import ALLOWED_ADDRESS, Receiver

PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *(
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
]
PUBLIC = ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4007::1"]


def named(monkeypatch, *answers):
    """Let every name resolve to these addresses, call by call; the last stays."""
    left, asked = list(answers), []

    def resolve(host, port):
        asked.append(host)
        texts = left.pop(0) if len(left) > 1 else left[0]
        return [ipaddress.ip_address(text) for text in texts]

    monkeypatch.setattr(guard, "resolve", resolve)
    return asked


def refusal(url):
    with pytest.raises(Refused) as refused:
        target_of(url)
    return refused.value.code


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_is_refused(monkeypatch, address):
    named(monkeypatch, [address])
    assert refusal("https://hooks.example/") == "not_public"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(monkeypatch, address):
    named(monkeypatch, [address])
    assert target_of("https://hooks.example/a?b=c").address == address


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    named(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    assert refusal("https://hooks.example/") == "not_public"


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://2130706433/"),
        *("https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://[::ffff:127.0.0.1]/"),
    ],
)
def test_loopback_is_refused_however_it_is_written(url):
    assert refusal(url) in ("not_public", "not_found", "bad_url")


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/"),
        *("https://user:pass@hooks.example/", "https://hooks.example:0/", "https://hooks.example:99999/"),
        *(
            "https://hooks.example/a b",
            "https://hooks.example/\r\nX: y",
            "https://hooks\\.example/",
            "https:///x",
        ),
        *("https://[fe80::1%25eth0]/", "https://" + "a" * 2000),
    ],
)
def test_what_is_no_plain_address_is_refused(monkeypatch, url):
    named(monkeypatch, ["8.8.8.8"])
    assert refusal(url) == "bad_url"


def test_public_servers_are_spoken_to_by_https_only(monkeypatch):
    named(monkeypatch, ["8.8.8.8"])
    assert refusal("http://hooks.example/") == "not_https"


def test_a_name_that_changes_its_answer_gains_nothing(monkeypatch):
    """Rebinding: public when looked at, private when connected to. It is looked up once."""
    with Receiver(address="127.0.0.1") as inside, Receiver() as outside:
        asked = named(monkeypatch, [ALLOWED_ADDRESS], ["127.0.0.1"])
        url = f"http://hooks.example:{outside.port}/"
        assert sending.post(url, b"{}", {}).status_code == 204
        assert asked == ["hooks.example"]
        assert sending.post(url, b"{}", {}).error == "not_public"
        assert sending.post(f"http://hooks.example:{inside.port}/", b"{}", {}).error == "not_public"
        assert len(outside.requests) == 1
        assert inside.requests == []
        assert outside.requests[0][0]["Host"] == f"hooks.example:{outside.port}"


def test_a_redirect_is_an_answer_and_not_followed():
    with (
        Receiver(address="127.0.0.1") as inside,
        Receiver(answers=[302, 307], location=inside.url) as outside,
    ):
        assert sending.post(outside.url, b"{}", {}).status_code == 302
        assert not sending.post(outside.url, b"{}", {}).is_success
        assert inside.requests == []
        assert len(outside.requests) == 2


def test_a_server_that_drips_is_left_in_time(monkeypatch):
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.6)
    listening = socket.create_server((ALLOWED_ADDRESS, 0))

    def drip():
        connection, _ = listening.accept()
        with connection:
            try:
                for _ in range(100):
                    connection.sendall(b"H")
                    time.sleep(0.1)
            except OSError:
                pass

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    outcome = sending.post(f"http://{ALLOWED_ADDRESS}:{listening.getsockname()[1]}/", b"{}", {})
    assert outcome.status_code is None
    assert outcome.error in ("timeout", "bad_answer")
    assert time.monotonic() - began < 3
    listening.close()
    thread.join()


def test_what_is_not_there_or_not_http_is_named():
    with socket.create_server((ALLOWED_ADDRESS, 0)) as free:
        port = free.getsockname()[1]
    assert sending.post(f"http://{ALLOWED_ADDRESS}:{port}/", b"{}", {}).error == "no_connection"
    assert sending.post("https://nowhere.invalid/", b"{}", {}).error == "not_found"
