"""A client made from the schema, as any developer would make one, buys, reads and renders a prompt."""

import importlib
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from accounts.models import Scope, User
from listings.models import Listing
from listings.search import search_row_refresh
from tests.marketplace.api.support import CANARY, secret_of
from tests.payments.waiting import until

PACKAGE = "promptfair_made_client"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(live_site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package, importable while the test runs."""
    schema = tmp_path / "schema.json"
    schema.write_bytes(requests.get(f"{live_site}/api/schema/", timeout=30).content)
    config = tmp_path / "config.yml"
    config.write_text(f"package_name_override: {PACKAGE}\npost_hooks: []\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--path", str(schema)),
            *("--config", str(config), "--meta", "none", "--output-path", str(tmp_path / PACKAGE)),
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / PACKAGE
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def operation(made: Path, name: str) -> types.ModuleType:
    [file] = made.glob(f"api/*/{name}.py")
    return importlib.import_module(f"{PACKAGE}.api.{file.parent.name}.{name}")


def test_a_made_client_searches_buys_pays_reads_and_renders(
    made: Path, live_site: str, stripe_sandbox: str, bob: User, listing: Listing
) -> None:
    search_row_refresh(listing.pk)
    models: Any = importlib.import_module(f"{PACKAGE}.models")
    client = importlib.import_module(PACKAGE).AuthenticatedClient(
        base_url=live_site, token=secret_of(bob, list(Scope)), raise_on_unexpected_status=True
    )

    found = operation(made, "listings_list").sync(client=client, q="on sale")
    assert [(row.slug, row.price_amount, row.owned) for row in found.results] == [("on-sale", 499, False)]

    body = models.OrderInput(items=[models.OrderItemInput(listing="on-sale")])
    order = operation(made, "orders_create").sync(client=client, body=body, idempotency_key="made-client")
    session = order.checkout_url.partition("cs_")[2].partition("#")[0].partition("?")[0]
    pay = f"{stripe_sandbox}/_sandbox/checkout/cs_{session}/pay"
    assert requests.post(pay, json={"card": "4242424242424242"}, timeout=30).ok
    asked = operation(made, "orders_retrieve")
    assert until(lambda: asked.sync(order.id, client=client).status == "paid")

    [owned] = operation(made, "library_list").sync(client=client).results
    item = operation(made, "library_retrieve").sync(owned.id, client=client)
    assert CANARY in item.prompt
    values = models.RenderInput.from_dict({"variables": {"topic": "tea", "tone": "dry"}})
    rendered = operation(made, "library_render").sync(owned.id, client=client, body=values)
    assert rendered.text == f"The {CANARY} prompt: write about tea in a dry tone."

    refused = operation(made, "orders_create").sync_detailed(client=client, body=body)
    assert (refused.status_code, refused.parsed.code) == (409, "already_owned")
