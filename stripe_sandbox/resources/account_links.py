"""Account links: short-lived, single-use doors to the onboarding page."""

from ..ids import new_id
from ..jsontypes import Json
from ..params import ListOf, Obj, Str, Url
from ..routing import Call, route
from ..sandbox import Sandbox

LIFE_SECONDS = 300

_COLLECTION = Obj(
    {
        "fields": Str(choices=("currently_due", "eventually_due")),
        "future_requirements": Str(choices=("include", "omit")),
    }
)


@route(
    "POST",
    "/v1/account_links",
    Obj(
        {
            "account": Str(),
            "type": Str(choices=("account_onboarding", "account_update")),
            "refresh_url": Url(),
            "return_url": Url(),
            "collection_options": _COLLECTION,
            "expand": ListOf(Str()),
        },
        required=["account", "type", "refresh_url", "return_url"],
    ),
)
def create_account_link(call: Call) -> Json:
    """Make a link; opening it uses it up."""
    call.sandbox.load("account", call.params["account"], param="account")
    now = call.sandbox.clock.now()
    token = new_id("acctlink_")
    stored: Json = {"id": token, "object": "account_link", "created": now, "expires_at": now + LIFE_SECONDS}
    private = {name: call.params[name] for name in ("account", "refresh_url", "return_url")}
    call.sandbox.store.add(stored, private=private | {"opened": False})
    shown = {name: stored[name] for name in ("object", "created", "expires_at")}
    return shown | {"url": f"{call.sandbox.base_url}/c/onboarding/{token}"}


def is_open(sandbox: Sandbox, token: str) -> bool:
    """Say whether somebody has come in by a link, and may go on with the page."""
    return bool(sandbox.store.private(token)["opened"])


def open_link(sandbox: Sandbox, token: str) -> bool:
    """Use a link up; False when it was used before or is too old."""
    with sandbox.store.transaction():
        link = sandbox.load("account_link", token)
        if sandbox.store.private(token)["opened"] or link["expires_at"] <= sandbox.clock.now():
            return False
        sandbox.store.set_private(token, opened=True)
    return True
