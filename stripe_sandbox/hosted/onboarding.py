"""The page where a seller opens a connected account, and the stub of the account's dashboard."""

import re

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ..resources.account_links import open_link
from ..resources.account_states import complete_onboarding
from ..resources.balance import available_amount
from ..sandbox import Sandbox
from .rendering import PageContext, page

_LINK = re.compile(r"/c/onboarding/(acctlink_\w+)\Z")
_DASHBOARD = re.compile(r"/c/dashboard/(acct_\w+)\Z")
_FIELDS = {"name": "Jane Seller", "birth": "1901-01-01", "routing": "110000000", "account": "000123456789"}


def onboarding_page(sandbox: Sandbox, request: Request) -> Response | None:
    """Answer the pages of connected accounts, or None if the path is none of theirs."""
    link, dashboard = _LINK.match(request.path), _DASHBOARD.match(request.path)
    if link and sandbox.store.get("account_link", link[1]):
        return _onboarding(sandbox, request, link[1])
    account = sandbox.store.get("account", dashboard[1]) if dashboard else None
    if account is None:
        return None
    amount = available_amount(sandbox, account["default_currency"], account=account["id"])
    return page("dashboard.html", PageContext(sandbox, request), account=account, available=amount)


def _onboarding(sandbox: Sandbox, request: Request, token: str) -> Response:
    link = sandbox.store.private(token)
    context = PageContext(sandbox, request)
    origins = (link["return_url"], link["refresh_url"])
    if request.method != "POST":
        if not open_link(sandbox, token):
            return redirect(link["refresh_url"], 303)
        return page(
            "onboarding.html", context, values=dict.fromkeys(_FIELDS, ""), missing=(), lead_to=origins
        )
    values = {name: request.form.get(name, "").strip()[:100] for name in _FIELDS}
    if "fill" in request.form:
        return page("onboarding.html", context, values=_FIELDS, missing=(), lead_to=origins)
    if "later" in request.form:
        return redirect(link["return_url"], 303)
    missing = tuple(name for name, value in values.items() if not value)
    if missing:
        return page("onboarding.html", context, values=values, missing=missing, lead_to=origins, status=422)
    complete_onboarding(sandbox, link["account"])
    return redirect(link["return_url"], 303)
