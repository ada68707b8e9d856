"""A prompt's text is found on no surface by someone who has not the right to read it, and by the buyer it is.

Extend this with every new surface: pages are found by following links, API routes from the schema.
"""

import os
import re
from collections.abc import Awaitable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import requests
from mcp import Client
from mcp.shared.exceptions import MCPError

from accounts.models import Scope, User
from accounts.services import token_create
from listings.models import ImportJob, PromptVersion
from listings.queries.detail import public_listing
from marketplace.sharing.pictures import picture_of
from payments.models import Entitlement, Finding, Gift, OrderItem, Payout, RefundClaim
from payments.services.gifts import gift_secret
from tests.e2e.canary_scene import CANARY, SEARCHED, Scene, scene_set
from tests.factories import PASSWORD
from tests.marketplace.mcp.clients import connected, run, token_of
from tests.payments.support import stripe_get
from tests.payments.waiting import until
from tests.support import queues
from tests.support.environment import Slot

pytestmark = pytest.mark.django_db(transaction=True)

WORD = re.compile(CANARY, re.IGNORECASE)
PUBLIC_STARTS = [
    "/",
    "/prompts/",
    f"/prompts/?q={SEARCHED}",
    "/sitemap.xml",
    "/robots.txt",
    "/feeds/new.atom",
    "/feeds/models/chatgpt.atom",
    "/feeds/categories/writing.atom",
    "/sitemap-shelves.xml",
    "/sitemap-prompts-0.xml",
    "/sitemap-sellers-0.xml",
    "/llms.txt",
    "/recent/",
]
SELLING_STARTS = [
    *("/sell/", "/sell/listings/", "/sell/import/", "/sell/sales/", "/sell/sales/sales.csv"),
    *("/sell/listings/prompts.csv", "/sell/listings/prompts.jsonl"),
    "/sell/questions/",
    *("/sell/payouts/", "/sell/payouts/new/", "/sell/payouts/setup/", "/sell/webhooks/"),
]
OWN_STARTS = [
    *("/library/", "/account/", "/account/tokens/", "/account/apps/", "/account/orders/"),
    *("/account/notifications/", "/notifications/", "/following/"),
    *SELLING_STARTS,
]
SELLING_API = ["/api/v1/seller/sales/", "/api/v1/seller/balance/", "/api/v1/seller/payouts/"]
MONEY_IN_THE_ADMIN = [
    *("dispute", "disputeevidence", "finding", "payout", "payoutreversal", "bankpayout", "connectedaccount"),
    *("order", "refund", "stripeevent", "delivery", "journal", "reconciliationrun"),
]
MOST_PAGES = 150


@pytest.fixture
def scene(live_site: str) -> Scene:
    return scene_set()


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


def shown(session: requests.Session, site: str, entitlement: Entitlement) -> requests.Response:
    """What was bought, opened for the first time."""
    path = f"{site}/library/{entitlement.pk}/"
    session.get(path)
    form = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    return session.post(f"{path}open/", form, headers={"Referer": path}, timeout=30)


def crawl(site: str, session: requests.Session, starts: list[str]) -> Iterator[tuple[str, requests.Response]]:
    """Every page of ours reachable by links from `starts`, once each."""
    waiting, seen = list(starts), set(starts)
    links = re.compile(rf'(?:href|src|content)="(/[^"#]*|{re.escape(site)}/[^"#]*)')
    for _ in range(MOST_PAGES):
        if not waiting:
            return
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
        for page in ("edit", "preview", "submit", "versions", "versions/?from=1&to=2", "typed", "proposal")
    ]
    desk = [
        *("/moderation/", "/moderation/next/", "/moderation/reports/", "/moderation/takedowns/"),
        *("/moderation/refunds/", "/sell/sales/claims/"),
        *(f"/moderation/{pk}/" for pk in PromptVersion.objects.values_list("pk", flat=True)),
        *(f"/sell/listings/{scene.listing.slug}/{page}/" for page in ("appeal", "counter-notice")),
        f"/prompts/{scene.listing.slug}/report/",
    ]
    buyers = [f"/library/{pk}/" for pk in Entitlement.objects.values_list("pk", flat=True)]
    downloads = [
        f"{path}{page}"
        for path in buyers
        for page in (
            "download.md",
            "download.txt",
            "changes/?version=2",
            "?version=2",
            "refund/",
            "history/",
            "run/",
        )
    ]
    downloads += [f"{path}export/{kind}/" for path in buyers for kind in ("json", "skill", "api", "mcp")]
    imports = [
        f"/sell/import/{pk}/{page}"
        for pk in ImportJob.objects.values_list("pk", flat=True)
        for page in ("", "report.csv", "start/")
    ]
    money = [
        *(f"/sell/sales/{pk}/refund/" for pk in OrderItem.objects.values_list("pk", flat=True)),
        *(f"/sell/payouts/{pk}/" for pk in Payout.objects.values_list("pk", flat=True)),
        *(f"/api/v1/seller/payouts/{pk}/" for pk in Payout.objects.values_list("pk", flat=True)),
    ]
    claims = [
        f"{start}{pk}/"
        for pk in RefundClaim.objects.values_list("pk", flat=True)
        for start in ("/account/refunds/", "/sell/sales/claims/", "/moderation/refunds/")
    ]
    api = [
        f"/api/v1/listings/{slug}/{rest}"
        for slug in (scene.listing.slug, scene.draft.slug)
        for rest in ("", "versions/", "versions/1/source/", "similar/", "reviews/")
    ]
    library = [
        f"/api/v1/library/{pk}/{rest}"
        for pk in Entitlement.objects.values_list("pk", flat=True)
        for rest in ("", "versions/1/", "versions/2/")
    ]
    lists = [
        "/api/v1/listings/",
        f"/api/v1/listings/?q={SEARCHED}",
        f"/api/v1/search/suggest/?q={SEARCHED[:-2]}",
        "/api/v1/library/",
        "/api/v1/orders/",
        "/api/v1/me/",
        *SELLING_API,
        "/api/v1/moderation/",
        "/api/schema/",
    ]
    return [
        *pages,
        *desk,
        *buyers,
        *downloads,
        *imports,
        *money,
        *claims,
        *api,
        *library,
        *lists,
        f"/prompts/{scene.draft.slug}/",
    ]


def gift_links() -> list[str]:
    """Secret addresses, which whoever holds them may open: they show who gives, and never a text."""
    return [f"/gifts/{gift.pk}/{gift_secret(gift)}/" for gift in Gift.objects.all()]


def mails_in(file: Path) -> list[str]:
    """One file holds all mails that were sent through one connection."""
    return file.read_text(errors="replace").split("-" * 79)


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
    for path, response in crawl(live_site, session, [*starts, *gift_links(), *direct_paths(scene)]):
        looked_at += 1
        assert not WORD.search(response.text), f"{who} finds it on {path}"
        assert not WORD.search(str(response.headers)), path
    assert looked_at > 20
    if person is not None:
        scopes = [Scope.ORDERS_WRITE, Scope.LIBRARY_READ]
        if who == "rival":
            scopes += [Scope.SALES_READ, Scope.PAYOUTS_WRITE]
        headers = bearer(person, scopes)
        for path in direct_paths(scene):
            if path.startswith("/api/"):
                answer = requests.get(live_site + path, headers=headers, timeout=30).text
                assert not WORD.search(answer), path
        for entitlement in Entitlement.objects.all():
            render = f"{live_site}/api/v1/library/{entitlement.pk}/render/"
            answer = requests.post(render, json={"variables": {"topic": "x"}}, headers=headers, timeout=30)
            assert (answer.status_code, WORD.search(answer.text)) == (404, None)


async def told_by_mcp(client: Client, slugs: list[str]) -> str:
    """All that the MCP server says to somebody who asks for everything by every name."""
    uris = [f"promptfair://library/{slug}/{kind}" for slug in slugs for kind in ("instructions", "examples")]
    names = [f"{slug}{version}" for slug in slugs for version in ("", "@1", "@2", "@latest")]
    asking: list[Awaitable[Any]] = [
        client.list_prompts(),
        client.list_resources(),
        client.call_tool("search_prompts", {"query": SEARCHED}),
        *(client.call_tool("get_listing", {"slug": slug}) for slug in slugs),
        *(client.get_prompt(name, {"topic": "x"}) for name in names),
        *(client.get_prompt(name, {"nothing": "x"}) for name in names),
        *(client.read_resource(uri) for uri in uris),
    ]
    said = []
    for question in asking:
        try:
            said.append((await question).model_dump_json())
        except MCPError as error:
            said.append(str(error.error))
    return "\n".join(said)


@pytest.mark.parametrize("who", ["refunded", "rival", "owner", "buyer"])
def test_only_the_buyer_is_told_the_word_by_mcp(mcp_site: str, scene: Scene, slot: Slot, who: str):
    people = {
        "refunded": scene.refunded,
        "rival": scene.rival.user,
        "owner": scene.owner,
        "buyer": scene.buyer,
    }
    token = token_of(people[who])

    async def ask() -> str:
        async with connected(mcp_site, token) as client:
            return await told_by_mcp(client, [scene.listing.slug, scene.draft.slug])

    assert bool(WORD.search(run(ask))) is (who == "buyer")
    assert not WORD.search((slot.folder / "mcp.log").read_text(errors="replace"))


def test_searching_a_hidden_word_answers_as_for_a_word_that_is_nowhere(live_site: str, scene: Scene):
    def page(word: str) -> str:
        text = requests.get(f"{live_site}/prompts/?q={word}", timeout=30).text.replace(word, "")
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)

    assert page(SEARCHED) == page("nowherewordatall")
    found = requests.get(f"{live_site}/api/v1/listings/?q={SEARCHED}", timeout=30).json()
    assert found["results"] == []
    for typed in (SEARCHED, SEARCHED[:4], f"{SEARCHED[:-1]}x"):
        suggested = requests.get(f"{live_site}/api/v1/search/suggest/?q={typed}", timeout=30).json()
        assert SEARCHED not in str(suggested).lower()
    assert requests.get(f"{live_site}/api/v1/listings/?q=fine", timeout=30).json()["results"]


def test_neither_the_picture_of_a_shared_link_nor_facts_for_machines_say_it(live_site: str, scene: Scene):
    facts = picture_of(public_listing(scene.listing.slug))
    assert "A fine listing" in str(asdict(facts))
    assert not WORD.search(str(asdict(facts)))
    picture = requests.get(live_site + facts.path, timeout=30)
    assert picture.headers["Content-Type"] == "image/png"
    page = requests.get(f"{live_site}/prompts/{scene.listing.slug}/", timeout=30).text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert len(blocks) == 2
    assert not WORD.search(" ".join(blocks))


def test_the_buyer_reads_it_in_the_library_and_by_the_api(live_site: str, scene: Scene):
    session = signed_in(live_site, scene.buyer)
    entitlement = Entitlement.objects.get(buyer=scene.buyer)
    closed = session.get(f"{live_site}/library/{entitlement.pk}/")
    assert "Show the prompt" in closed.text
    assert not WORD.search(closed.text)
    page = shown(session, live_site, entitlement)
    assert WORD.search(page.text)
    assert "no-store" in page.headers["Cache-Control"]
    headers = bearer(scene.buyer, [Scope.LIBRARY_READ])
    answer = requests.get(f"{live_site}/api/v1/library/{entitlement.pk}/", headers=headers, timeout=30)
    assert CANARY in answer.json()["prompt"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_staff_lists_do_not_show_it(live_site: str, scene: Scene):
    session = signed_in(live_site, scene.staff)
    starts = [f"/admin/payments/{name}/" for name in MONEY_IN_THE_ADMIN]
    evidence = f"/admin/payments/disputeevidence/{scene.dispute.evidence.pk}/change/"
    pages = set()
    for path, response in crawl(live_site, session, [*starts, evidence, "/moderation/", "/admin/"]):
        if path.startswith("/moderation/"):
            assert not WORD.search(response.text), path
        if path.startswith("/admin/"):
            pages.add(path)
            assert response.status_code == 200, path
            assert not WORD.search(response.text), path
    assert len(pages) > 60
    rows = {path.split("/")[3] for path in pages if path.endswith("/change/") and "/payments/" in path}
    assert rows >= {"dispute", "disputeevidence", "finding", "order", "payout", "refund", "stripeevent"}


def test_the_bank_is_told_all_but_the_word(live_site: str, scene: Scene):
    told = stripe_get(f"disputes/{scene.dispute.stripe_dispute_id}")
    assert told["evidence_details"]["submission_count"] == 1
    assert "A fine listing" in str(told["evidence"])
    assert not WORD.search(str(told))
    for kind in ("disputes", "transfers", "refunds", "events", "checkout/sessions", "payment_intents"):
        listed = stripe_get(f"{kind}?limit=100")["data"]
        assert listed
        assert not WORD.search(str(listed)), kind
    findings = Finding.objects.filter(resolved_at=None)
    assert findings
    assert not WORD.search(str(list(findings.values())))


def test_the_seller_finds_the_text_and_no_buyer(live_site: str, scene: Scene):
    session = signed_in(live_site, scene.owner)
    pages = dict(crawl(live_site, session, [*SELLING_STARTS, *direct_paths(scene)]))
    answers = {path: page.text for path, page in pages.items()}
    scopes = [Scope.SALES_READ, Scope.PAYOUTS_WRITE]
    for path in SELLING_API:
        answers[path] = requests.get(live_site + path, headers=bearer(scene.owner, scopes), timeout=30).text
    queues.wait_until_idle()
    mails = [mail for file in Path(os.environ["MAILBOX_DIR"]).glob("*") for mail in mails_in(file)]
    to_seller = [mail for mail in mails if f"To: {scene.owner.email}" in mail]
    assert len(to_seller) > 3
    answers |= {f"mail {number}": mail for number, mail in enumerate(to_seller)}
    for buyer in (scene.buyer, scene.refunded, scene.disputing, scene.claiming):
        for secret in (buyer.email, buyer.display_name, buyer.handle):
            found = [path for path, text in answers.items() if secret and secret in text]
            assert found == [], f"{secret} stands on {found}"
    assert WORD.search(answers[f"/sell/listings/{scene.listing.slug}/versions/"])
    assert WORD.search(answers["/sell/listings/prompts.csv"])
    assert "A fine listing" in answers["/sell/sales/sales.csv"]
    assert [path for path in answers if path.startswith("/sell/import/") and WORD.search(answers[path])] == []
    assert pages["/sell/sales/sales.csv"].status_code == 200


def test_no_log_mail_or_cache_holds_it(live_site: str, scene: Scene, slot: Slot):
    session = signed_in(live_site, scene.buyer)
    entitlement = Entitlement.objects.get(buyer=scene.buyer)
    assert WORD.search(shown(session, live_site, entitlement).text)
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
