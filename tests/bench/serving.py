"""Requests per second of main pages and API calls, as ratios to a bare view of the same server and run."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from accounts.models import Scope
from accounts.services import token_create
from listings.models import Listing, ListingStatus
from payments.models import Entitlement
from payments.services.orders import order_create
from tests.factories import ListingFactory, UserFactory

CLIENTS = 4
LOAD = Path(__file__).with_name("load.py")


def ratios(site: str, seconds: float) -> dict[str, dict[str, float]]:
    """Each path is asked for by four clients at once; the floor is the mean of before and after."""
    slug = Listing.objects.filter(status=ListingStatus.PUBLISHED).values_list("slug", flat=True)[0]
    paths = {
        "API list": "/api/v1/listings/",
        "API detail": f"/api/v1/listings/{slug}/",
        "API search": "/api/v1/listings/?q=review",
        "browse page": "/prompts/",
        "listing page": f"/prompts/{slug}/",
        "search page": "/prompts/?q=review",
        "home": "/",
    }
    before = _measure(site, "/healthz", seconds)
    measured = {name: _measure(site, path, seconds) for name, path in paths.items()}
    path, speaking = _render()
    measured["API library render"] = _measure(site, path, seconds, speaking)
    after = _measure(site, "/healthz", seconds)
    floor = (before["per_second"] + after["per_second"]) / 2
    measured = {"bare view": {**before, "per_second": round(floor)}, **measured}
    return {name: {**row, "ratio": round(row["per_second"] / floor, 3)} for name, row in measured.items()}


def _render() -> tuple[str, dict[str, str]]:
    """A purchase to render: its address, and what its buyer says."""
    buyer = UserFactory()
    listing = ListingFactory(
        status=ListingStatus.PUBLISHED, price_amount=0, text="Write about {{topic}} in a {{tone}} tone. " * 20
    )
    order_create(buyer=buyer, listing_slugs=[listing.slug])
    owned = Entitlement.objects.get(buyer=buyer, listing=listing)
    _token, secret = token_create(user=buyer, name="Bench", scopes=[Scope.LIBRARY_READ])
    body = json.dumps({"variables": {"topic": "tea", "tone": "dry"}})
    return f"/api/v1/library/{owned.pk}/render/", {"LOAD_TOKEN": secret, "LOAD_BODY": body}


def _measure(
    site: str, path: str, seconds: float, speaking: Mapping[str, str] = MappingProxyType({})
) -> dict[str, float]:
    command = [sys.executable, str(LOAD), site, path, str(seconds)]
    environ = {**os.environ, **speaking}
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) for _ in range(CLIENTS)]
    answers = [client.communicate()[0] for client in clients]
    if any(client.returncode for client in clients):
        raise SystemExit(f"{path} could not be measured")
    times = sorted(each for answer in answers for each in json.loads(answer))
    return {
        "per_second": round(len(times) / seconds),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
    }
