"""A prompt's text is found on no surface by someone who has not the right to read it, and by the buyer it is.

Extend this with every new surface: pages are found by following links, API routes from the schema.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from accounts.models import Scope, SellerProfile, User
from accounts.services import token_create
from listings.models import Listing, ListingStatus
from listings.search import search_row_refresh
from payments.models import Entitlement, RefundReason
from payments.services import checkout_return, refund_request
from payments.services.refunds import refund_send
from tests.factories import PASSWORD, ListingFactory, SellerProfileFactory, UserFactory
from tests.payments.support import ordered, pay
from tests.payments.waiting import until
from tests.support import queues
from tests.support.environment import Slot

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "quokkafeather"
# Stands in the text as well. A search for it may be echoed by the page, and must find nothing.
SEARCHED = "wombatlantern"
WORD = re.compile(CANARY, re.IGNORECASE)
PUBLIC_STARTS = [
    "/",
    "/prompts/",
    f"/prompts/?q={SEARCHED}",
    "/sitemap.xml",
    "/robots.txt",
    "/feeds/new.atom",
]
OWN_STARTS = ["/library/", "/account/", "/account/tokens/", "/account/orders/", "/sell/", "/sell/listings/"]
MOST_PAGES = 150


@dataclass
class Scene:
    """A published listing with the word in text and instructions, a draft, and people around them."""

    listing: Listing
    draft: Listing
    owner: User
    buyer: User
    refunded: User
    rival: SellerProfile
    staff: User
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def scene(live_site: str) -> Scene:
    secret = {"text": f"{CANARY} {SEARCHED} about {{{{topic}}}}", "instructions": f"Say {CANARY} twice."}
    listing = ListingFactory(status=ListingStatus.PUBLISHED, title="A fine listing", **secret)
    draft = ListingFactory(seller=listing.seller, title="A draft", **secret)
    search_row_refresh(listing.pk)
    buyer, refunded = UserFactory(), UserFactory()
    for person in (buyer, refunded):
        order = ordered(person, listing)
        pay(order)
        order = checkout_return(session_id=order.stripe_session_id, buyer=person)
    refund_send(refund_id=refund_request(order=order, by=None, reason=RefundReason.MODERATOR).pk)
    assert Entitlement.objects.get(buyer=refunded).revoked_at
    staff = UserFactory(is_staff=True, is_superuser=True)
    return Scene(
        listing,
        draft,
        listing.seller.user,
        buyer,
        refunded,
        SellerProfileFactory(),
        staff,
    )


def signed_in(site: str, user: User | None) -> requests.Session:
    session = requests.Session()
    if user is not None:
        login = f"{site}/accounts/login/"
        session.get(login)
        token = session.cookies["csrftoken"]
        form = {"login": user.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        assert session.post(login, form, headers={"Referer": login}).status_code == 200
        assert "sessionid" in session.cookies
    return session


def crawl(site: str, session: requests.Session, starts: list[str]) -> Iterator[tuple[str, requests.Response]]:
    """Every page of ours reachable by links from `starts`, once each."""
    waiting, seen = list(starts), set(starts)
    links = re.compile(rf'(?:href|src|content)="(/[^"#]*|{re.escape(site)}/[^"#]*)')
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        response = session.get(site + path, timeout=30)
        yield path, response
        for link in links.findall(response.text):
            found = link.removeprefix(site).replace("&amp;", "&") or "/"
            if found not in seen and not found.startswith(("/static/", "/accounts/logout", "/admin/logout")):
                seen.add(found)
                waiting.append(found)


def direct_paths(scene: Scene) -> list[str]:
    """Addresses that no link shows to a stranger, guessed."""
    pages = [
        f"/sell/listings/{listing.slug}/{page}/"
        for listing in (scene.listing, scene.draft)
        for page in ("edit", "preview", "submit")
    ]
    buyers = [f"/library/{pk}/" for pk in Entitlement.objects.values_list("pk", flat=True)]
    downloads = [f"{path}download.md" for path in buyers]
    api = [
        f"/api/v1/listings/{slug}/{rest}"
        for slug in (scene.listing.slug, scene.draft.slug)
        for rest in ("", "versions/", "versions/1/source/", "similar/", "reviews/")
    ]
    library = [f"/api/v1/library/{pk}/" for pk in Entitlement.objects.values_list("pk", flat=True)]
    lists = [
        "/api/v1/listings/",
        f"/api/v1/listings/?q={SEARCHED}",
        "/api/v1/library/",
        "/api/v1/orders/",
        "/api/v1/me/",
        "/api/v1/seller/sales/",
        "/api/v1/moderation/",
        "/api/schema/",
    ]
    return [*pages, *buyers, *downloads, *api, *library, *lists, f"/prompts/{scene.draft.slug}/"]


def bearer(user: User, scopes: list[Scope]) -> dict[str, str]:
    return {"Authorization": "Bearer " + token_create(user=user, name="canary", scopes=scopes)[1]}


@pytest.mark.parametrize("who", ["stranger", "refunded", "rival"])
def test_no_one_without_the_right_reads_the_word(live_site: str, scene: Scene, who: str):
    person = {"stranger": None, "refunded": scene.refunded, "rival": scene.rival.user}[who]
    session = signed_in(live_site, person)
    starts = [*PUBLIC_STARTS, f"/prompts/{scene.listing.slug}/"]
    if person is not None:
        starts += OWN_STARTS
    looked_at = 0
    for path, response in crawl(live_site, session, [*starts, *direct_paths(scene)]):
        looked_at += 1
        assert not WORD.search(response.text), f"{who} finds it on {path}"
        assert not WORD.search(str(response.headers)), path
    assert looked_at > 20
    if person is not None:
        scopes = [Scope.ORDERS_WRITE, Scope.LIBRARY_READ]
        headers = bearer(person, scopes)
        for path in direct_paths(scene):
            if path.startswith("/api/"):
                answer = requests.get(live_site + path, headers=headers, timeout=30).text
                assert not WORD.search(answer), path


def test_searching_a_hidden_word_answers_as_for_a_word_that_is_nowhere(live_site: str, scene: Scene):
    def page(word: str) -> str:
        text = requests.get(f"{live_site}/prompts/?q={word}", timeout=30).text.replace(word, "")
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)

    assert page(SEARCHED) == page("nowherewordatall")
    found = requests.get(f"{live_site}/api/v1/listings/?q={SEARCHED}", timeout=30).json()
    assert found["results"] == []
    assert requests.get(f"{live_site}/api/v1/listings/?q=fine", timeout=30).json()["results"]


def test_the_buyer_reads_it_in_the_library_and_by_the_api(live_site: str, scene: Scene):
    session = signed_in(live_site, scene.buyer)
    entitlement = Entitlement.objects.get(buyer=scene.buyer)
    page = session.get(f"{live_site}/library/{entitlement.pk}/")
    assert WORD.search(page.text)
    assert "no-store" in page.headers["Cache-Control"]
    headers = bearer(scene.buyer, [Scope.LIBRARY_READ])
    answer = requests.get(f"{live_site}/api/v1/library/{entitlement.pk}/", headers=headers, timeout=30)
    assert CANARY in answer.json()["prompt"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_staff_lists_do_not_show_it(live_site: str, scene: Scene):
    session = signed_in(live_site, scene.staff)
    pages = 0
    for path, response in crawl(live_site, session, ["/admin/"]):
        if path.startswith("/admin/"):
            pages += 1
            assert not WORD.search(response.text), path
    assert pages > 15


def test_no_log_mail_or_cache_holds_it(live_site: str, scene: Scene, slot: Slot):
    session = signed_in(live_site, scene.buyer)
    entitlement = Entitlement.objects.get(buyer=scene.buyer)
    session.get(f"{live_site}/library/{entitlement.pk}/")
    for path in PUBLIC_STARTS[:2]:
        requests.get(live_site + path, timeout=30)
    mailbox = Path(os.environ["MAILBOX_DIR"])
    assert until(lambda: any(mailbox.glob("*.log")))
    queues.wait_until_idle()
    for file in [*slot.folder.glob("*.log"), *mailbox.glob("*")]:
        assert not WORD.search(file.read_text(errors="replace")), file.name
    connection: Any = queues.session_redis()
    keys = list(connection.scan_iter("*", count=1000))
    for key in keys:
        assert not WORD.search(_redis_value(connection, key)), key


def _redis_value(connection: Any, key: bytes) -> str:
    kind = connection.type(key)
    read = {
        b"string": lambda: connection.get(key),
        b"list": lambda: connection.lrange(key, 0, -1),
        b"hash": lambda: connection.hgetall(key),
        b"set": lambda: connection.smembers(key),
        b"zset": lambda: connection.zrange(key, 0, -1),
    }[kind]
    return str(read())
