"""docs/api.md tells the truth: its first purchase is run as it stands, and no code is missing from it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Scope, User
from listings.models import Listing
from payments.models import Order
from tests.marketplace.api.support import CANARY, secret_of

DOCUMENT = (settings.BASE_DIR / "docs" / "api.md").read_text()


def test_every_scope_is_described() -> None:
    for scope in Scope.values:
        assert f"| `{scope}` |" in DOCUMENT


def test_every_code_the_api_raises_itself_is_listed() -> None:
    table = DOCUMENT[DOCUMENT.index("| status | codes |") : DOCUMENT.index("## Sending a payment once")]
    raised = set()
    for file in (settings.BASE_DIR / "marketplace" / "api").glob("*.py"):
        raised |= set(re.findall(r'code="([a-z_]+)"', file.read_text()))
    assert raised
    assert {code for code in raised if f"`{code}`" not in table} == set()


@pytest.mark.e2e
@pytest.mark.skipif(shutil.which("curl") is None, reason="The documentation's example uses curl.")
@pytest.mark.django_db(transaction=True)
def test_the_first_purchase_works_as_written(
    live_site: str, bob: User, listing: Listing, tmp_path: Path
) -> None:
    (tmp_path / ".local").mkdir()
    demo = {
        "url": live_site,
        "stripe_url": settings.STRIPE_API_BASE,
        "users": {"buyer": {"token": secret_of(bob, list(Scope))}},
    }
    (tmp_path / ".local" / "demo.json").write_text(json.dumps(demo))
    script = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)[0]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert CANARY in done.stdout
    assert Order.objects.get().status == "paid"
