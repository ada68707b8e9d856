"""Schemathesis asks every operation of the schema, as anybody could: no fault, no undocumented answer.

`make api-cases CASES=10000` asks more. Each case finds the world as it was: what it did is rolled back.
"""

import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import Scope, User
from common import clock
from listings.models import Listing, ListingRevision, ListingStatus
from payments.models import ConnectedAccount, Entitlement, Payout, PayoutTrigger
from tests.factories import CategoryFactory, ListingFactory, TargetModelFactory
from tests.marketplace.api.support import CANARY, TEXT, secret_of

CASES = int(os.environ.get("API_CASES", "300"))
SEED = int(os.environ.get("API_SEED", "0"))
ROLES = ("anonymous", "buyer", "seller", "moderator")
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
# Who may read the paid text here: Bob owns it, Alice wrote it, Mona judges one of hers.
READERS = {
    ("buyer", "library"),
    ("seller", "source"),
    ("moderator", "source"),
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("stripe_sandbox"),
    pytest.mark.timeout(120 + CASES),
]


@pytest.fixture
def tokens(
    listing: Listing, owned: Entitlement, alice: User, bob: User, mona: User, settings: Any
) -> dict[str, str]:
    """A token with all its role may have; and limits that nobody meets."""
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "1000000/s")
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    people = {"buyer": bob, "seller": alice, "moderator": mona}
    return {role: secret_of(person, list(Scope)) for role, person in people.items()}


@pytest.fixture
def known(listing: Listing, owned: Entitlement) -> dict[str, list[Any]]:
    """Names that lead somewhere, by parameter."""
    shop = listing.seller
    ListingFactory(seller=shop, slug="a-draft", text=TEXT)
    ListingFactory(seller=shop, slug="waiting", text=TEXT, status=ListingStatus.IN_REVIEW)
    TargetModelFactory()
    CategoryFactory()
    account = ConnectedAccount.objects.create(seller=shop)
    payout = Payout.objects.create(seller=shop, account=account, amount=1000, trigger=PayoutTrigger.REQUEST)
    revision = ListingRevision.objects.create(
        listing=listing, fields={"title": "New"}, status="waiting", submitted_at=clock.now()
    )
    ids = [owned.pk, owned.item.order_id, owned.item_id, payout.pk, revision.pk]
    return {"slug": ["on-sale", "for-nothing", "a-draft", "waiting"], "number": [1], "id": ids}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """As Django's test client: a request ends no connection, for it holds the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("role", ROLES)
def test_every_operation_keeps_to_the_schema(
    role: str, tokens: dict[str, str], known: dict[str, list[Any]]
) -> None:
    operations = list(_operations())
    each = max(1, round(CASES / len(ROLES) / len(operations)))
    headers = {"Accept-Encoding": "identity"}  # this client unpacks nothing
    if role in tokens:
        headers["Authorization"] = f"Bearer {tokens[role]}"
    faults = [
        fault
        for number, operation in enumerate(operations)
        if (fault := _asked(operation, each, SEED + number, _checked(role, headers, known)))
    ]
    assert faults == [], "\n\n".join([f"{len(faults)} operations:", *faults])


def _operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application())
    for result in schema.get_all_operations():
        yield result.ok()


def _checked(role: str, headers: dict[str, str], known: dict[str, list[Any]]) -> Callable[[Any, Any], None]:
    def check(case: Any, data: Any) -> None:
        for name, value in list((case.path_parameters or {}).items()):
            chosen = data.draw(st.sampled_from([*known[name], value]))
            case.path_parameters[name] = chosen if isinstance(chosen, int) else str(chosen)
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        chosen = bool((case.query or {}).get("fields"))  # which says that required ones are left out
        checks = [check for check in CHECKS if not (chosen and check is response_schema_conformance)]
        case.validate_response(response, checks=checks)
        place = (
            "library" if case.path.startswith("/api/v1/library/") else case.path.rstrip("/").rsplit("/")[-1]
        )
        if (role, place) not in READERS:
            assert CANARY not in response.text

    return check


def _asked(operation: Any, count: int, number: int, check: Callable[[Any, Any], None]) -> str:
    """Ask so many times; what went wrong in words, or nothing."""

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=InMemoryExampleDatabase(),
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), data=st.data())
    def ask(case: Any, data: Any) -> None:
        check(case, data)

    random.seed(number)
    try:
        ask()
    except (Exception, FailureGroup) as error:  # every operation has its turn
        return f"{operation.method.upper()} {operation.path}: {_words(error)}"
    return ""


def _words(error: BaseException) -> str:
    parts = getattr(error, "exceptions", None)
    return "\n".join(map(_words, parts)) if parts else f"{type(error).__name__}: {error}"[:1500]
