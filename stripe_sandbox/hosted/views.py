"""The pages under `/c/`: payment, 3-D Secure, receipt, onboarding. They need no script."""

import re
from pathlib import Path

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ..cards import card_ending
from ..jsontypes import Json
from ..payments import Outcome, finish_3ds, pay_with_bank_debit, pay_with_card
from ..resources.checkout_sessions import expire_if_due
from ..sandbox import Sandbox
from .form import PaymentForm
from .onboarding import onboarding_page
from .rendering import PageContext, page
from .texts import decline_text

_STATIC = Path(__file__).parent / "static"
_STYLE_SHEETS = ("/c/assets/checkout.css", "/c/assets/onboarding.css")
_SESSION = re.compile(r"/c/pay/(cs_test_\w+)(/authenticate)?\Z")
_RECEIPT = re.compile(r"/c/receipts/(ch_\w+)\Z")


def hosted_page(sandbox: Sandbox, request: Request) -> Response:
    """Answer a page, or a style sheet."""
    if request.path in _STYLE_SHEETS:
        return _style_sheet(request.path)
    of_accounts = onboarding_page(sandbox, request)
    if of_accounts is not None:
        return of_accounts
    receipt = _RECEIPT.match(request.path)
    if receipt:
        return _receipt(sandbox, request, receipt[1])
    match = _SESSION.match(request.path)
    session = sandbox.store.get("checkout.session", match[1]) if match else None
    if match is None or session is None:
        return page("notice.html", PageContext(sandbox, request), status=404, notice="missing")
    session = expire_if_due(sandbox, session)
    context = PageContext(sandbox, request, session)
    if session["status"] != "open":
        return _closed(context, session)
    if match[2]:
        return _authenticate(sandbox, request, context, session)
    return _pay(sandbox, request, context, session)


def _style_sheet(path: str) -> Response:
    content = (_STATIC / path.rpartition("/")[2]).read_bytes()
    return Response(content, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=300"})


def _closed(context: PageContext, session: Json) -> Response:
    if session["status"] == "expired":
        return page("notice.html", context, notice="expired", status=410, back_url=session["cancel_url"])
    done = _success_url(session)
    return page("notice.html", context, notice="complete", status=200, back_url=done)


def _pay(sandbox: Sandbox, request: Request, context: PageContext, session: Json) -> Response:
    if request.method != "POST":
        form = PaymentForm.empty(
            email=session["customer_email"], country="FR" if context.language == "fr" else "US"
        )
        return page("pay.html", context, form=form)
    form = PaymentForm.typed(request.form)
    if session["customer_email"]:
        form.values["email"] = session["customer_email"]
    if form.values["method"] not in session["payment_method_types"]:
        form.values["method"] = session["payment_method_types"][0]
    if "fill" in request.form:
        form.fill(re.sub(r"\D", "", request.form["fill"])[:19], year=context.year)
        return page("pay.html", context, form=form)
    if not form.check(sandbox.clock.now(), free=session["amount_total"] == 0):
        return page("pay.html", context, form=form, alert=context.words["fix"], status=422)
    if form.values["method"] == "card":
        outcome = pay_with_card(sandbox, session["id"], form.digits, form.buyer)
    else:
        outcome = pay_with_bank_debit(sandbox, session["id"], form.values["account"], form.buyer)
    return _after(context, outcome, form)


def _after(context: PageContext, outcome: Outcome, form: PaymentForm) -> Response:
    if outcome.kind == "declined":
        alert = decline_text(outcome.error, context.language)
        return page("pay.html", context, form=form, alert=alert, declined=True, status=402)
    if outcome.kind == "requires_action":
        return redirect(f"/c/pay/{outcome.session['id']}/authenticate", 303)
    if outcome.kind == "closed" and outcome.session["status"] == "expired":
        return _closed(context, outcome.session)
    return redirect(_success_url(outcome.session), 303)


def _authenticate(sandbox: Sandbox, request: Request, context: PageContext, session: Json) -> Response:
    intent = sandbox.store.get("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "requires_action":
        return redirect(f"/c/pay/{session['id']}", 303)
    waiting = sandbox.store.private(intent["id"])["authentication"]
    if request.method != "POST":
        return page("authenticate.html", context, last4=waiting["last4"])
    outcome = finish_3ds(sandbox, session["id"], authenticated=request.form.get("outcome") == "complete")
    form = PaymentForm.empty(email=waiting["buyer"]["email"], country=waiting["buyer"]["country"] or "US")
    form.fill(card_ending(waiting["last4"]).number, year=context.year)
    form.values |= {"name": waiting["buyer"]["name"] or "", "postal": waiting["buyer"]["postal_code"] or ""}
    return _after(context, outcome, form)


def _receipt(sandbox: Sandbox, request: Request, charge_id: str) -> Response:
    charge = sandbox.store.get("charge", charge_id)
    if charge is None or not charge["paid"]:
        return page("notice.html", PageContext(sandbox, request), status=404, notice="missing")
    return page("receipt.html", PageContext(sandbox, request), charge=charge)


def _success_url(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
