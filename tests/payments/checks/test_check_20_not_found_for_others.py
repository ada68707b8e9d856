"""Check 20: a stranger, a rival seller and a refunded buyer get 404 on every surface, as for what is nowhere.

That no page, log, mail or cache shows the text is in tests/e2e/test_canary.py.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.idp.oidc.models import Client as OAuthApp
from allauth.idp.oidc.models import Token
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from accounts.models import NoticeKind, Scope, SellerProfile, User
from accounts.oauth import app_create
from accounts.queries import scopes_available
from accounts.services import token_create
from common import clock
from listings.models import ImportJob, ListingStatus, Rewrite
from listings.services.import_jobs import import_run, import_upload
from marketplace.community.asking import question_ask
from marketplace.models import Notification
from marketplace.notifying.services import News, people_notify
from marketplace.outgoing.models import WebhookEndpoint, WebhookMessage
from marketplace.outgoing.services import endpoint_test
from payments.models import (
    ClaimPicture,
    ConnectedAccount,
    Entitlement,
    Order,
    Payout,
    PayoutTrigger,
    RefundClaim,
    RefundReason,
)
from payments.services import checkout_return, entitlement_open, order_create, refund_request
from payments.services.coupons import coupon_create
from payments.services.gifts import GiftWish
from payments.services.refunds import refund_send
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.payments.claiming import claim_of
from tests.payments.support import ordered, paid_order, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]

# What belongs to somebody: the owner, and which thing its address names.
PRIVATE = {
    "account/tokens/<int:pk>/revoke/": ("buyer", "token"),
    "account/apps/<str:pk>/delete/": ("buyer", "own_app"),
    "account/apps/<str:pk>/end/": ("buyer", "app_let_in"),
    "questions/<int:pk>/withdraw/": ("buyer", "question"),
    "notifications/<int:pk>/": ("buyer", "notification"),
    "library/<uuid:pk>/": ("buyer", "grant"),
    "library/<uuid:pk>/changes/": ("buyer", "grant"),
    "library/<uuid:pk>/render/": ("buyer", "grant"),
    "library/<uuid:pk>/review/": ("buyer", "grant"),
    "library/<uuid:pk>/export/<str:kind>/": ("buyer", "grant"),
    "library/<uuid:pk>/version/": ("buyer", "grant"),
    "library/<uuid:pk>/labels/": ("buyer", "grant"),
    "library/<uuid:pk>/presets/": ("buyer", "grant"),
    "library/<uuid:pk>/presets/<int:preset>/delete/": ("buyer", "grant"),
    "library/<uuid:pk>/history/": ("buyer", "grant"),
    "library/<uuid:pk>/history/delete/": ("buyer", "grant"),
    "library/<uuid:pk>/run/": ("buyer", "grant"),
    "library/<uuid:pk>/download.md": ("buyer", "grant"),
    "library/<uuid:pk>/download.txt": ("buyer", "grant"),
    "library/<uuid:pk>/open/": ("buyer", "grant"),
    "library/<uuid:pk>/refund/": ("buyer", "grant"),
    "account/refunds/<uuid:pk>/": ("buyer", "claim"),
    "account/refunds/<uuid:pk>/withdraw/": ("buyer", "claim"),
    "account/refunds/<uuid:pk>/picture.webp": ("seller", "claim"),
    "sell/sales/claims/<uuid:pk>/": ("seller", "claim"),
    "account/orders/<uuid:pk>/": ("buyer", "order"),
    "account/orders/<uuid:pk>/cancel/": ("buyer", "order"),
    "account/orders/<uuid:pk>/gift/": ("buyer", "gift_order"),
    "account/orders/<uuid:pk>/refund/": ("buyer", "order"),
    "sell/listings/<slug:slug>/edit/": ("seller", "listing"),
    "sell/listings/<slug:slug>/preview/": ("seller", "listing"),
    "sell/listings/<slug:slug>/submit/": ("seller", "listing"),
    "sell/listings/<slug:slug>/withdraw/": ("seller", "listing"),
    "sell/listings/<slug:slug>/unlist/": ("seller", "listing"),
    "sell/listings/<slug:slug>/relist/": ("seller", "listing"),
    "sell/listings/<slug:slug>/delete/": ("seller", "listing"),
    "sell/listings/<slug:slug>/archive/": ("seller", "listing"),
    "sell/listings/<slug:slug>/unarchive/": ("seller", "listing"),
    "sell/listings/<slug:slug>/duplicate/": ("seller", "listing"),
    "sell/listings/<slug:slug>/restore/": ("seller", "deleted"),
    "sell/listings/<slug:slug>/typed/": ("seller", "listing"),
    "sell/listings/<slug:slug>/proposal/": ("seller", "listing"),
    "sell/listings/<slug:slug>/versions/": ("seller", "listing"),
    "sell/listings/<slug:slug>/runs/": ("seller", "listing"),
    "sell/listings/<slug:slug>/works/": ("seller", "listing"),
    "sell/remix/<uuid:pk>/": ("seller", "own_grant"),
    "sell/listings/<slug:slug>/appeal/": ("seller", "listing"),
    "sell/listings/<slug:slug>/counter-notice/": ("seller", "listing"),
    "sell/listings/<slug:slug>/rewrite/": ("seller", "listing"),
    "sell/rewrites/<int:pk>/use/": ("seller", "rewrite"),
    "sell/rewrites/<int:pk>/undo/": ("seller", "rewrite"),
    "sell/listings/<slug:slug>/versions/discard/": ("seller", "listing"),
    "sell/import/<uuid:pk>/": ("seller", "import"),
    "sell/import/<uuid:pk>/start/": ("seller", "import"),
    "sell/import/<uuid:pk>/cancel/": ("seller", "import"),
    "sell/import/<uuid:pk>/report.csv": ("seller", "import"),
    "sell/sales/<int:pk>/refund/": ("seller", "sale"),
    "sell/payouts/<uuid:pk>/": ("seller", "payout"),
    "sell/promotions/<str:code>/": ("seller", "coupon"),
    "sell/webhooks/<uuid:pk>/": ("seller", "webhook"),
    "sell/webhooks/<uuid:pk>/secret/": ("seller", "webhook"),
    "sell/webhooks/<uuid:pk>/state/": ("seller", "webhook"),
    "sell/webhooks/<uuid:pk>/test/": ("seller", "webhook"),
    "sell/webhooks/<uuid:pk>/delete/": ("seller", "webhook"),
    "sell/webhooks/<uuid:pk>/messages/<uuid:key>/": ("seller", "told"),
    "api/v1/orders/<uuid:id>/": ("buyer", "order"),
    "api/v1/orders/<uuid:id>/refunds/": ("buyer", "order"),
    "api/v1/library/<uuid:id>/": ("buyer", "grant"),
    "api/v1/library/<uuid:id>/versions/<int:number>/": ("buyer", "grant"),
    "api/v1/library/<uuid:id>/render/": ("buyer", "grant"),
    "api/v1/listings/<slug:slug>/versions/<int:number>/source/": ("seller", "listing"),
    "api/v1/listings/<slug:slug>/submission/": ("seller", "listing"),
    "api/v1/listings/<slug:slug>/publication/": ("seller", "listing"),
    "api/v1/seller/payouts/<uuid:id>/": ("seller", "payout"),
    "api/v1/seller/sales/<int:id>/refunds/": ("seller", "sale"),
}
# What everybody may see of a listing on sale, and what only a moderator may ask for at all.
PUBLIC = {
    "prompts/<slug:slug>/",
    "prompts/<slug:slug>/cover.svg",
    "prompts/<slug:slug>/<slug:digest>.png",
    "media/examples/<str:folder>/<str:name>.webp",
    "models/<slug:slug>/",
    "categories/<slug:slug>/",
    "sellers/<slug:handle>/",
    "tags/<slug:slug>/",
    "collections/<slug:slug>/",
    "share/<slug:digest>.png",
    "feeds/models/<slug:slug>.atom",
    "feeds/categories/<slug:slug>.atom",
    "licences/<str:license>/<int:version>/",
    "sitemap-prompts-<int:part>.xml",
    "gifts/<uuid:pk>/<str:secret>/",
    "sitemap-sellers-<int:part>.xml",
    "dev/mailbox/<str:name>/<int:position>/",
    "dev/mailbox/<str:name>/<int:position>/html/",
    "api/v1/listings/<slug:slug>/",
    "api/v1/listings/<slug:slug>/reviews/",
    "api/v1/listings/<slug:slug>/similar/",
    "api/v1/listings/<slug:slug>/versions/",
    "prompts/<slug:slug>/report/",
    "unsubscribe/<str:token>/",
    r"^\.well-known/oauth-protected-resource/(?P<path>api|mcp)$",
    "prompts/<slug:slug>/questions/",
    "questions/<int:pk>/report/",
    "moderation/questions/<int:pk>/",
    "moderation/<int:pk>/",
    "moderation/<int:pk>/undo/",
    "moderation/texts/<int:pk>/",
    "moderation/reports/<int:pk>/",
    "moderation/takedowns/<int:pk>/",
    "moderation/refunds/<uuid:pk>/",
    "api/v1/moderation/<slug:slug>/decision/",
    "api/v1/moderation/revisions/<int:id>/decision/",
}
# Where what is asked is looked at before whose it is, it must be well formed.
BODIES = {"api/v1/seller/sales/<int:id>/refunds/": {"reason": "It has a blank too many."}}
OTHERS = {"buyer": ("stranger", "rival", "refunded", "seller"), "seller": ("rival",)}
# Where a query joins the table twice, the second one is called T and a number.
SECRET_COLUMN = re.compile(r'("listings_promptversion"|\bT\d+)\."(text|instructions)"')
NOWHERE = {
    "own_app": "nowhere",
    "app_let_in": "nowhere",
    "question": 2_000_000_000,
    "notification": 2_000_000_000,
    "token": 2_000_000_000,
    "grant": uuid.UUID(int=1),
    "order": uuid.UUID(int=1),
    "gift_order": uuid.UUID(int=1),
    "listing": "nowhere",
    "deleted": "nowhere",
    "sale": 2_000_000_000,
    "payout": uuid.UUID(int=1),
    "import": uuid.UUID(int=1),
    "rewrite": 2_000_000_000,
    "coupon": "NOWHERE",
    "webhook": uuid.UUID(int=1),
    "told": (uuid.UUID(int=1), uuid.UUID(int=1)),
    "claim": uuid.UUID(int=1),
    "own_grant": uuid.UUID(int=1),
}


class Scene:
    """A seller's listing, bought by two, of whom one was refunded; a stranger and a rival beside them."""

    def __init__(self) -> None:
        bought = paid_order(999)
        listing = bought.items.get().listing
        returned = buy(UserFactory(), listing)
        refund_send(refund_id=refund_request(order=returned, by=None, reason=RefundReason.MODERATOR).pk)
        self.people = {
            "buyer": bought.buyer,
            "seller": listing.seller.user,
            "stranger": UserFactory(),
            "rival": SellerProfileFactory().user,
            "refunded": returned.buyer,
        }
        token = token_create(user=bought.buyer, name="kept", scopes=[Scope.LIBRARY_READ])[0]
        grant = Entitlement.objects.get(buyer=bought.buyer)
        told = told_of(listing.seller)
        people_notify(
            kind=NoticeKind.VERSION,
            source="version:1",
            news=[News(bought.buyer_id, "version", "/library/", {"number": 2, "title": listing.title})],
        )
        asked = question_ask(user=bought.buyer, listing=listing, text="Does it rhyme as well?")
        self.things = {
            "own_app": app_of(bought.buyer).pk,
            "app_let_in": app_let_in(by=bought.buyer, owner=self.people["stranger"]).pk,
            "question": asked.pk,
            "notification": Notification.objects.get(user=bought.buyer, kind=NoticeKind.VERSION).pk,
            "token": token.pk,
            "grant": grant.pk,
            "order": bought.pk,
            "gift_order": given_by(bought.buyer).pk,
            "listing": listing.slug,
            "deleted": ListingFactory(seller=listing.seller, deleted_at=clock.now()).slug,
            "sale": bought.items.get().pk,
            "payout": payout_of(listing.seller).pk,
            "import": import_of(listing.seller).pk,
            "rewrite": Rewrite.objects.create(listing=listing, field="title", sent_to="x", state="failed").pk,
            "coupon": coupon_create(seller=listing.seller, code="HERS", percent=10).code,
            "webhook": told.endpoint_id,
            "told": (told.endpoint_id, told.key),
            "claim": claim_with_picture(bought).pk,
            "own_grant": free_grant(listing.seller.user).pk,
        }
        self.old_grant = Entitlement.objects.get(buyer=returned.buyer).pk

    def answers(self, who: str, route: str, thing: Any) -> dict[str, HttpResponse]:
        """What every method answers at the address of a thing; nothing it did remains."""
        is_api = route.startswith("api/")
        client = client_of(self.people[who], is_api=is_api)
        found = {}
        for method in ("get", "post", "patch", "delete") if is_api else ("get", "post"):
            with transaction.atomic():
                body = BODIES.get(route, {}) if method == "post" else {}
                found[method] = getattr(client, method)(address(route, thing), body, follow=True)
                transaction.set_rollback(True)
        return found


@pytest.fixture
def scene(settings: Any) -> Scene:
    # Nobody listens there; but the pages that offer suggestions are open.
    settings.REWRITE_API_URL, settings.REWRITE_MODEL = "http://127.0.0.1:9/v1", "none"
    return Scene()


def test_check_20_every_address_that_names_a_thing_is_known_to_be_private_or_public():
    routes = {route for route in routes_of(get_resolver().url_patterns) if "<" in route}
    ours = {route for route in routes if not route.startswith(("admin/", "accounts/"))}
    assert ours == PRIVATE.keys() | PUBLIC


def test_check_20_owners_come_in(scene):
    shut = [
        route
        for route, (owner, thing) in PRIVATE.items()
        if not statuses(scene.answers(owner, route, scene.things[thing])) - {404, 405}
    ]
    assert shut == []


@pytest.mark.parametrize("who", ["stranger", "rival", "refunded", "seller"])
def test_check_20_others_get_404_and_no_other_answer_than_for_what_is_nowhere(scene, who):
    wrong = []
    for route, (owner, thing) in PRIVATE.items():
        if who not in OTHERS[owner]:
            continue
        real, nowhere = (scene.answers(who, route, name) for name in (scene.things[thing], NOWHERE[thing]))
        differs = [method for method in real if shown(real[method]) != shown(nowhere[method])]
        if differs or not is_not_found(real):
            wrong.append((route, statuses(real), differs))
    assert wrong == []


def test_check_20_a_refunded_buyer_gets_404_at_every_old_address(scene):
    old = [route for route, (_owner, thing) in PRIVATE.items() if thing == "grant"]
    assert [r for r in old if not is_not_found(scene.answers("refunded", r, scene.old_grant))] == []


def test_check_20_the_text_is_not_even_loaded_where_it_is_not_shown(scene):
    """What is not in the process's memory slips out through no template, log or error."""
    slug = scene.things["listing"]
    lists = ["/", "/prompts/", "/sitemap.xml", "/feeds/new.atom", "/api/v1/listings/"]
    public = [
        f"/prompts/{slug}/",
        *(f"/api/v1/listings/{slug}/{rest}" for rest in ("", "versions/", "similar/")),
    ]
    own = ["/library/", "/account/orders/", f"/account/orders/{scene.things['order']}/", "/api/v1/orders/"]
    sales = ["/sell/", "/sell/listings/", "/sell/sales/", "/sell/payouts/", "/api/v1/seller/sales/"]
    loading = []
    for who, paths in {
        "stranger": lists + public,
        "buyer": [*own, "/api/v1/library/"],
        "seller": sales,
    }.items():
        for path in paths:
            client = client_of(scene.people[who], is_api=path.startswith("/api/"))
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200, path
            loading += [path for query in captured.captured_queries if SECRET_COLUMN.search(query["sql"])]
    assert loading == []


def test_check_20_who_is_signed_out_learns_nothing(scene):
    for route, (_owner, thing) in PRIVATE.items():
        client = APIClient() if route.startswith("api/") else Client()
        real, nowhere = (client.get(address(route, name)) for name in (scene.things[thing], NOWHERE[thing]))
        assert real.status_code == nowhere.status_code, route
        assert real.status_code in (302, 401, 405), route


def statuses(answers: dict[str, HttpResponse]) -> set[int]:
    return {answer.status_code for answer in answers.values()}


def is_not_found(answers: dict[str, HttpResponse]) -> bool:
    """Some methods exist nowhere; the others answer 404."""
    return 404 in statuses(answers) and statuses(answers) <= {404, 405}


def given_by(buyer: User) -> Order:
    listing = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=999)
    order = order_create(buyer=buyer, listing_slugs=[listing.slug], gift=GiftWish("friend@example.test"))
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def buy(buyer: User, listing: Any) -> Order:
    order = ordered(buyer, listing)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def claim_with_picture(order: Order) -> RefundClaim:
    for grant in Entitlement.objects.filter(item__order=order):
        entitlement_open(entitlement=grant, via="page", address=None)
    claim = claim_of(order)
    ClaimPicture.objects.create(claim=claim, content=b"RIFF", width=64, height=64)
    return claim


def free_grant(person: User) -> Entitlement:
    """Something free that the seller has taken."""
    free = ListingFactory(price_amount=0, status="published")
    return Entitlement.objects.get(item__order=ordered(person, free))


def app_of(person: User) -> OAuthApp:
    return app_create(owner=person, name="Kept", redirect_uris=["http://127.0.0.1:7/"], is_public=True)[0]


def app_let_in(*, by: User, owner: User) -> OAuthApp:
    """Whom somebody let in is that person's to know; the app's owner is told as little as others."""
    app = app_of(owner)
    Token.objects.create(client=app, user=by, type=Token.Type.ACCESS_TOKEN, hash="kept")
    return app


def payout_of(seller: SellerProfile) -> Payout:
    account = ConnectedAccount.objects.create(seller=seller)
    return Payout.objects.create(seller=seller, account=account, amount=1000, trigger=PayoutTrigger.REQUEST)


def import_of(seller: SellerProfile) -> ImportJob:
    job = import_upload(seller=seller, file_name="a.csv", content=b"act,prompt\nA,b\n")
    import_run(job_id=str(job.pk))
    return job


def client_of(user: User, *, is_api: bool) -> Client:
    if is_api:
        secret = token_create(user=user, name="check", scopes=scopes_available(user))[1]
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    client = Client()
    client.force_login(user)
    return client


def routes_of(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes_of(pattern.url_patterns, route)


def told_of(seller: SellerProfile) -> WebhookMessage:
    """What one of the seller's endpoints is to be told."""
    endpoint = WebhookEndpoint.objects.create(
        seller=seller, url="https://example.test/", events=["sale.completed"], secret="kept"
    )
    return endpoint_test(endpoint=endpoint)


def address(route: str, thing: Any) -> str:
    """The first parameters name the thing; one that is left is a version's number."""
    for part in thing if isinstance(thing, tuple) else (thing,):
        route = re.sub(r"<[^>]+>", str(part), route, count=1)
    route = route.replace("<str:kind>", "json")
    return "/" + re.sub(r"<[^>]+>", "1", route)


def shown(answer: HttpResponse) -> str:
    """The answer without what differs from one request to the next, and without the address asked for."""
    text = re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", answer.content.decode())
    return f"{answer.status_code} {text}"
