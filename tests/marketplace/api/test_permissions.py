"""Who may do what: every route of the API, asked by everybody."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Scope, User
from common import clock
from listings.models import Listing, ListingRevision, ListingStatus
from payments.models import ConnectedAccount, Entitlement, Payout, PayoutTrigger
from tests.factories import CategoryFactory, ListingFactory, TargetModelFactory
from tests.marketplace.api.support import CANARY, TEXT, ClientOf, problem_of, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

ROLES = (
    "anonymous",
    "buyer without the scope",
    "buyer",
    "other buyer",
    "seller",
    "other seller",
    "moderator",
)

DRAFT = {
    "title": "New",
    "model": "chatgpt",
    "category": "writing",
    "price_amount": 0,
    "prompt": "About {{x}}.",
}
ORDER = {"items": [{"listing": "on-sale"}]}
VALUES = {"variables": {"topic": "tea", "tone": "dry"}}
UPLOAD = "a picture"

EVERYONE = (200,) * 7
SOMEBODY = (401, *(200,) * 6)
# Alice's listing: her own, and not there for other sellers; the rest lack the scope.
SELLERS_OWN = (401, 403, 403, 403, 200, 404, 403)
# Bob's order or purchase: not there for anybody else.
BUYERS_OWN = (401, 403, 200, 404, 404, 404, 404)

TABLE: list[tuple[str, str, Any, tuple[int, ...]]] = [
    ("GET", "listings/", None, EVERYONE),
    ("POST", "listings/", DRAFT, (401, 403, 403, 403, 201, 201, 403)),
    ("GET", "listings/{slug}/", None, EVERYONE),
    ("GET", "listings/{slug:a-draft}/", None, (404, 404, 404, 404, 200, 404, 404)),
    ("PATCH", "listings/{slug:a-draft}/", {"price_amount": 0}, SELLERS_OWN),
    ("DELETE", "listings/{slug:a-draft}/", None, (401, 403, 403, 403, 204, 404, 403)),
    ("GET", "listings/{slug}/reviews/", None, EVERYONE),
    ("GET", "listings/{slug}/similar/", None, EVERYONE),
    ("GET", "listings/{slug}/versions/", None, EVERYONE),
    ("GET", "listings/{slug:a-draft}/versions/", None, (404, 404, 404, 404, 200, 404, 404)),
    ("POST", "listings/{slug:a-draft}/versions/", {}, (401, 403, 403, 403, 201, 404, 403)),
    ("GET", "listings/{slug:waiting}/versions/{number}/source/", None, (401, 403, 404, 404, 200, 404, 200)),
    ("GET", "listings/{slug:a-draft}/versions/{number}/source/", None, (401, 403, 404, 404, 200, 404, 404)),
    (
        "GET",
        "listings/{slug:for-nothing}/versions/{number}/source/",
        None,
        (401, 403, 404, 404, 200, 404, 404),
    ),
    ("POST", "listings/{slug:waiting}/submission/", None, (401, 403, 403, 403, 202, 404, 403)),
    ("DELETE", "listings/{slug:waiting}/submission/", None, (401, 403, 403, 403, 204, 404, 403)),
    ("POST", "listings/{slug}/publication/", None, SELLERS_OWN),
    ("DELETE", "listings/{slug}/publication/", None, (401, 403, 403, 403, 204, 404, 403)),
    ("POST", "pictures/", UPLOAD, (401, 403, 403, 403, 201, 201, 403)),
    ("GET", "models/", None, EVERYONE),
    ("GET", "categories/", None, EVERYONE),
    ("GET", "tags/", None, EVERYONE),
    ("GET", "search/suggest/", None, EVERYONE),
    ("GET", "orders/", None, (401, 403, 200, 200, 200, 200, 200)),
    ("POST", "orders/", ORDER, (401, 403, 201, 201, 409, 201, 201)),
    ("GET", "orders/{id:order}/", None, BUYERS_OWN),
    # A free order: the buyer is told that nothing was paid, the others that there is no such order.
    ("POST", "orders/{id:order}/refunds/", {"reason": "x"}, (401, 403, 409, 404, 404, 404, 404)),
    ("GET", "library/", None, (401, 403, 200, 200, 200, 200, 200)),
    ("GET", "library/{id:item}/", None, BUYERS_OWN),
    ("GET", "library/{id:item}/versions/{number}/", None, BUYERS_OWN),
    ("POST", "library/{id:item}/render/", VALUES, BUYERS_OWN),
    ("GET", "seller/listings/", None, (401, 403, 403, 403, 200, 200, 403)),
    ("POST", "seller/listings/bulk/", {"listings": [DRAFT]}, (401, 403, 403, 403, 200, 200, 403)),
    ("GET", "seller/sales/", None, (401, 403, 403, 403, 200, 200, 403)),
    # Sold for nothing: its seller is told that nothing was paid, other sellers that there is no such sale.
    ("POST", "seller/sales/{id:sale}/refunds/", {"reason": "x"}, (401, 403, 403, 403, 409, 404, 403)),
    ("GET", "seller/balance/", None, (401, 403, 403, 403, 200, 200, 403)),
    ("GET", "seller/stats/", None, (401, 403, 403, 403, 200, 200, 403)),
    ("GET", "seller/payouts/", None, (401, 403, 403, 403, 200, 200, 403)),
    ("POST", "seller/payouts/", {}, (401, 403, 403, 403, 409, 409, 403)),
    ("GET", "seller/payouts/{id:payout}/", None, SELLERS_OWN),
    ("GET", "moderation/", None, (401, 403, 403, 403, 403, 403, 200)),
    (
        "POST",
        "moderation/{slug:waiting}/decision/",
        {"decision": "publish"},
        (401, 403, 403, 403, 403, 403, 200),
    ),
    ("GET", "moderation/revisions/", None, (401, 403, 403, 403, 403, 403, 200)),
    (
        "POST",
        "moderation/revisions/{id:revision}/decision/",
        {"decision": "publish"},
        (401, 403, 403, 403, 403, 403, 200),
    ),
    ("GET", "me/", None, SOMEBODY),
    ("PATCH", "me/", {"display_name": "New name"}, SOMEBODY),
    ("GET", "me/favorites/", None, SOMEBODY),
    ("POST", "me/favorites/", {"listing": "for-nothing"}, (401, *(201,) * 6)),
    ("DELETE", "me/favorites/?listing=for-nothing", None, (401, *(204,) * 6)),
]


@dataclass
class World:
    """Alice sells three prompts; Bob owns the free one; Charlie, Dora and Mona own nothing."""

    users: dict[str, User | None]
    owned: Entitlement
    payout: Payout
    revision: ListingRevision

    def path(self, template: str) -> str:
        places = {
            "{slug}": "on-sale",
            "{slug:a-draft}": "a-draft",
            "{slug:waiting}": "waiting",
            "{slug:for-nothing}": "for-nothing",
            "{number}": "1",
            "{id:order}": str(self.owned.item.order_id),
            "{id:item}": str(self.owned.pk),
            "{id:sale}": str(self.owned.item_id),
            "{id:payout}": str(self.payout.pk),
            "{id:revision}": str(self.revision.pk),
        }
        for place, value in places.items():
            template = template.replace(place, value)
        return f"/api/v1/{template}"


@pytest.fixture
def world(
    listing: Listing, owned: Entitlement, alice: User, bob: User, charlie: User, dora: User, mona: User
) -> World:
    ListingFactory(seller=listing.seller, slug="a-draft", text=TEXT)
    ListingFactory(seller=listing.seller, slug="waiting", text=TEXT, status=ListingStatus.IN_REVIEW)
    TargetModelFactory()
    CategoryFactory()
    people = (None, bob, bob, charlie, alice, dora, mona)
    account = ConnectedAccount.objects.create(seller=listing.seller)
    payout = Payout.objects.create(
        seller=listing.seller, account=account, amount=1000, trigger=PayoutTrigger.REQUEST
    )
    revision = ListingRevision.objects.create(
        listing=listing, fields={"title": "New"}, status="waiting", submitted_at=clock.now()
    )
    users = dict(zip(ROLES, people, strict=True))
    return World(users=users, owned=owned, payout=payout, revision=revision)


def scopes_for(role: str, path: str) -> list[str]:
    if role != "buyer without the scope":
        return list(Scope)
    return ["listings:read"] if path.startswith("library/") else ["library:read"]


@pytest.mark.parametrize(
    ("method", "path", "body", "statuses"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
def test_each_route_answers_each_role(
    client_of: ClientOf, world: World, method: str, path: str, body: Any, statuses: tuple[int, ...]
) -> None:
    answered: dict[str, int] = {}
    for role in ROLES:
        client = client_of(world.users[role], scopes_for(role, path))
        with transaction.atomic():
            if body == UPLOAD:
                response = client.post(world.path(path), {"picture": upload()}, format="multipart")
            else:
                response = getattr(client, method.lower())(world.path(path), body)
            transaction.set_rollback(True)  # each role finds the world as it was
        answered[role] = response.status_code
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
            assert CANARY not in response.content.decode()
    assert answered == dict(zip(ROLES, statuses, strict=True))


def test_the_table_holds_every_route_and_method() -> None:
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    routes = {
        (method.upper(), path.removeprefix("/api/v1/"))
        for path, operations in schema["paths"].items()
        for method in operations
    }
    tabled = {
        (method, re.sub(r"\{(\w+):[\w-]+\}", r"{\1}", path).partition("?")[0])
        for method, path, _body, _statuses in TABLE
    }
    assert routes == tabled


def test_a_moderators_token_ends_with_the_role(client_of: ClientOf, world: World) -> None:
    mona = world.users["moderator"]
    assert mona is not None
    client = client_of(mona)
    mona.is_staff = False
    mona.save()
    problem_of(client.get("/api/v1/moderation/"), 403, "not_a_moderator")
    path = world.path("moderation/{slug:waiting}/decision/")
    problem_of(client.post(path, {"decision": "publish"}), 403, "not_a_moderator")
    assert client.get(world.path("listings/{slug:waiting}/versions/{number}/source/")).status_code == 404


def test_the_canary_is_in_no_answer_but_the_owners(client_of: ClientOf, world: World) -> None:
    """Whoever asks whatever: only the buyer, the seller and, on record, the moderator see the text."""
    seen = set()
    for role, user in world.users.items():
        client = client_of(user)
        for method, path, body, _statuses in TABLE:
            if method == "GET" or "render" in path:
                response = getattr(client, method.lower())(world.path(path), body)
                if CANARY in response.content.decode() + str(response.headers):
                    seen.add((role, path.partition("/")[0], path.rsplit("/", 2)[1]))
    assert seen == {
        ("buyer", "library", "{id:item}"),
        ("buyer", "library", "{number}"),
        ("buyer", "library", "render"),
        ("buyer without the scope", "library", "{id:item}"),
        ("buyer without the scope", "library", "{number}"),
        ("buyer without the scope", "library", "render"),
        ("seller", "listings", "source"),
        ("moderator", "listings", "source"),
    }


def test_the_canary_is_in_no_log_line(
    client_of: ClientOf, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="marketplace")
    buyer, seller = client_of(world.users["buyer"]), client_of(world.users["seller"])
    buyer.post(world.path("library/{id:item}/render/"), VALUES)
    buyer.post(world.path("library/{id:item}/render/"), {"variables": {}})
    seller.post("/api/v1/listings/", {**DRAFT, "prompt": TEXT, "title": ""})
    seller.post("/api/v1/listings/", {**DRAFT, "prompt": TEXT})
    assert CANARY not in caplog.text
