"""The page where a seller opens a connected account, and the stub of the account's dashboard."""

import re

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ..jsontypes import Json
from ..resources.account_links import is_open, open_link
from ..resources.account_states import complete_onboarding
from ..resources.balance import available_amount
from ..sandbox import Sandbox
from .onboarding_form import OnboardingForm
from .rendering import PageContext, page

_LINK = re.compile(r"/c/onboarding/(acctlink_\w+)\Z")
_DASHBOARD = re.compile(r"/c/dashboard/(acct_\w+)\Z")


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
    account = sandbox.store.get("account", link["account"])
    usable = is_open(sandbox, token) if request.method == "POST" else open_link(sandbox, token)
    if account is None or not usable:
        return redirect(link["refresh_url"], 303)
    context = PageContext(sandbox, request)
    form = OnboardingForm.of(account, sandbox.store.private(account["id"]).get("onboarding", {}))
    if request.method != "POST":
        return _form_page(context, form, link)
    form.type_in(request.form)
    if "fill" in request.form:
        form.fill()
        return _form_page(context, form, link)
    if "later" in request.form:
        sandbox.store.set_private(account["id"], onboarding=form.kept)
        return redirect(link["return_url"], 303)
    if not form.check(sandbox.clock.now()):
        return _form_page(context, form, link, status=422)
    _complete(sandbox, account, form)
    return redirect(link["return_url"], 303)


def _form_page(context: PageContext, form: OnboardingForm, link: Json, *, status: int = 200) -> Response:
    return page(
        "onboarding.html",
        context,
        form=form,
        alert=context.words["fix"] if form.errors else None,
        lead_to=(link["return_url"], link["refresh_url"]),
        status=status,
    )


def _complete(sandbox: Sandbox, account: Json, form: OnboardingForm) -> None:
    with sandbox.store.transaction():
        profile = {"url": form.values["website"], "product_description": form.values["description"]}
        sandbox.store.set_private(account["id"], onboarding=form.kept)
        complete_onboarding(sandbox, account["id"], profile=profile, bank_last4=form.bank_last4)
