"""Register the site's two webhook endpoints through Stripe's API, as an operator does once by hand.

Plain HTTP instead of the SDK: only payments/gateway.py knows that, and this runs before Django.
"""

import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from marketplace.demo.programs import write_private

API_VERSION = "2026-10-28.endive"
PLATFORM_EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "transfer.created",
    "transfer.updated",
    "transfer.reversed",
)
# Of connected accounts; Stripe signs these with a second secret.
CONNECT_EVENTS = (
    "account.updated",
    "account.application.deauthorized",
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
)
ENDPOINTS = {
    "STRIPE_WEBHOOK_SECRET": ("/stripe/webhook/", PLATFORM_EVENTS, False),
    "STRIPE_CONNECT_WEBHOOK_SECRET": ("/stripe/connect-webhook/", CONNECT_EVENTS, True),
}


def ensure_webhooks(*, stripe_url: str, secret_key: str, site_url: str, kept: Path | None) -> dict[str, str]:
    """See that exactly our two endpoints exist. Returns their secrets by environment variable.

    Stripe tells a secret only when an endpoint is made, so secrets are kept in the file `kept`; endpoints
    whose secret is not known are deleted and made again.
    """
    api = _Api(stripe_url, secret_key)
    remembered: dict[str, dict[str, str]] = json.loads(kept.read_text()) if kept and kept.exists() else {}
    existing = {each["id"]: each["url"] for each in api.call("GET", "?limit=100")["data"]}
    endpoints: dict[str, dict[str, str]] = {}
    for variable, (path, events, connect) in ENDPOINTS.items():
        url = f"{site_url}{path}"
        known = remembered.get(variable, {})
        if known.get("id") in existing:
            if existing[known["id"]] != url:  # the site has another port this time
                api.call("POST", f"/{known['id']}", [("url", url)])
        else:
            fields = [
                ("url", url),
                ("api_version", API_VERSION),
                *(("enabled_events[]", each) for each in events),
            ]
            made = api.call("POST", "", fields + ([("connect", "true")] if connect else []))
            known = {"id": made["id"], "secret": made["secret"]}
        endpoints[variable] = known
    for other in existing.keys() - {each["id"] for each in endpoints.values()}:
        api.call("DELETE", f"/{other}")
    if kept:
        write_private(kept, json.dumps(endpoints))
    return {variable: each["secret"] for variable, each in endpoints.items()}


class _Api:
    def __init__(self, stripe_url: str, secret_key: str) -> None:
        self.base = f"{stripe_url}/v1/webhook_endpoints"
        self.headers = {"Authorization": f"Bearer {secret_key}"}

    def call(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> dict[str, Any]:
        body = urllib.parse.urlencode(fields).encode() if fields else None
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            self.base + path, data=body, headers=self.headers, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
            parsed: dict[str, Any] = json.load(answer)
            return parsed
