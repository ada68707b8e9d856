"""Connected accounts: made by the platform, completed by their owner on the onboarding page."""

from ..errors import invalid, no_access
from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import list_answer, whole_list
from ..params import LIST_FIELDS, Bool, ListOf, Metadata, Obj, Spec, Str, Url, merge_metadata
from ..routing import Call, route
from ..sandbox import Sandbox
from .account_states import requirements, requirements_of_a_new_account

_REQUESTED = Obj({"requested": Bool()})
_CONTROLLER = Obj(
    {
        "fees": Obj({"payer": Str(choices=("account", "application"))}),
        "losses": Obj({"payments": Str(choices=("application", "stripe"))}),
        "requirement_collection": Str(choices=("application", "stripe")),
        "stripe_dashboard": Obj({"type": Str(choices=("express", "full", "none"))}),
    }
)
_CHANGEABLE: dict[str, Spec] = {
    "email": Str(max_length=800),
    "business_type": Str(choices=("company", "government_entity", "individual", "non_profit")),
    "business_profile": Obj({"name": Str(), "url": Url(), "mcc": Str(), "product_description": Str()}),
    "capabilities": Obj({"transfers": _REQUESTED, "card_payments": _REQUESTED}),
    "metadata": Metadata(),
    "expand": ListOf(Str()),
}


@route(
    "POST",
    "/v1/accounts",
    Obj(_CHANGEABLE | {"controller": _CONTROLLER, "country": Str(max_length=2), "default_currency": Str()}),
)
def create_account(call: Call) -> Json:
    """Make an account that still has everything to fill in."""
    controller = call.params.get("controller")
    if controller is None:
        raise invalid(
            "The sandbox makes accounts with `controller` only; `type` is the old way.", param="controller"
        )
    account = _new_account(call.sandbox, call.params, controller)
    return call.sandbox.store.add(account)


def _new_account(sandbox: Sandbox, params: Json, controller: Json) -> Json:
    account_id = new_id("acct_")
    requested = params.get("capabilities", {})
    profile = dict.fromkeys(("mcc", "name", "product_description", "support_email", "support_url", "url"))
    return {
        "id": account_id,
        "object": "account",
        "business_profile": profile | params.get("business_profile", {}),
        "business_type": params.get("business_type"),
        "capabilities": {name: "inactive" for name, asked in requested.items() if asked.get("requested")},
        "charges_enabled": False,
        "controller": {
            "fees": {"payer": controller.get("fees", {}).get("payer", "account")},
            "is_controller": True,
            "losses": {"payments": controller.get("losses", {}).get("payments", "stripe")},
            "requirement_collection": controller.get("requirement_collection", "stripe"),
            "stripe_dashboard": {"type": controller.get("stripe_dashboard", {}).get("type", "full")},
            "type": "application",
        },
        "country": params.get("country", "US"),
        "created": sandbox.clock.now(),
        "default_currency": params.get("default_currency", "usd"),
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": whole_list([], url=f"/v1/accounts/{account_id}/external_accounts"),
        "future_requirements": requirements(),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": requirements_of_a_new_account(),
        "settings": None,
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "none",
    }


@route("GET", "/v1/accounts", Obj(LIST_FIELDS))
def list_accounts(call: Call) -> Json:
    """Answer the connected accounts, newest first."""
    return list_answer(call, "account", url="/v1/accounts")


def _load(call: Call) -> Json:
    account = call.sandbox.store.get("account", call.ids["id"])
    if account is None:
        raise no_access(call.ids["id"])
    return account


@route("GET", "/v1/accounts/{id}")
def retrieve_account(call: Call) -> Json:
    """Answer one account."""
    return _load(call)


@route("POST", "/v1/accounts/{id}", Obj(_CHANGEABLE))
def update_account(call: Call) -> Json:
    """Change what the platform knows of an account."""
    account = _load(call)
    names = [name for name in ("email", "business_type") if name in call.params]
    previous: Json = {name: account[name] for name in names}
    account |= {name: call.params[name] for name in names}
    account["business_profile"] |= call.params.get("business_profile", {})
    account["metadata"] = merge_metadata(account["metadata"], call.params.get("metadata"))
    for name, asked in call.params.get("capabilities", {}).items():
        if asked.get("requested"):
            account["capabilities"].setdefault(name, "active" if account["details_submitted"] else "inactive")
    emit(
        call.sandbox,
        "account.updated",
        call.sandbox.store.save(account),
        previous=previous,
        account=account["id"],
    )
    return account


@route("DELETE", "/v1/accounts/{id}")
def delete_account(call: Call) -> Json:
    """Forget an account."""
    account = _load(call)
    call.sandbox.store.delete(account["id"])
    return {"id": account["id"], "object": "account", "deleted": True}


@route("POST", "/v1/accounts/{id}/login_links")
def create_login_link(call: Call) -> Json:
    """Answer an address of the account's dashboard; only for accounts that have been onboarded."""
    account = _load(call)
    if not account["details_submitted"]:
        raise invalid("Cannot create a login link for an account that has not completed onboarding.")
    url = f"{call.sandbox.base_url}/c/dashboard/{account['id']}"
    return {"object": "login_link", "created": call.sandbox.clock.now(), "url": url}
