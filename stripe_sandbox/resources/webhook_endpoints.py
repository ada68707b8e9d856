"""Webhook endpoints. The secret is answered once, at creation; only loopback addresses are taken."""

from urllib.parse import urlsplit

from .. import API_VERSION
from ..errors import invalid
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import list_answer
from ..params import LIST_FIELDS, Bool, ListOf, Metadata, Obj, Str, Url, merge_metadata
from ..routing import Call, route

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@route(
    "POST",
    "/v1/webhook_endpoints",
    Obj(
        {
            "url": Url(),
            "enabled_events": ListOf(Str()),
            "api_version": Str(choices=(API_VERSION,)),
            "connect": Bool(),
            "description": Str(blank=True),
            "metadata": Metadata(),
            "expand": ListOf(Str()),
        },
        required=["enabled_events", "url"],
    ),
)
def create_endpoint(call: Call) -> Json:
    """Register an address; with `connect` it gets the events of connected accounts and no others."""
    _check_loopback(call.params["url"])
    secret = new_id("whsec_")
    endpoint: Json = {
        "id": new_id("we_"),
        "object": "webhook_endpoint",
        "api_version": call.params.get("api_version"),
        "application": None,
        "created": call.sandbox.clock.now(),
        "description": call.params.get("description"),
        "enabled_events": call.params["enabled_events"],
        "livemode": False,
        "metadata": call.params.get("metadata", {}),
        "status": "enabled",
        "url": call.params["url"],
    }
    private = {"secret": secret, "connect": call.params.get("connect", False)}
    call.sandbox.store.add(endpoint, private=private)
    return endpoint | {"secret": secret}


def _check_loopback(url: str) -> None:
    if urlsplit(url).hostname not in _LOOPBACK:
        raise invalid("The sandbox sends webhooks to this machine only (127.0.0.1, localhost).", param="url")


@route("GET", "/v1/webhook_endpoints", Obj(LIST_FIELDS))
def list_endpoints(call: Call) -> Json:
    """Answer the endpoints, without their secrets."""
    return list_answer(call, "webhook_endpoint", url="/v1/webhook_endpoints")


@route("GET", "/v1/webhook_endpoints/{id}")
def retrieve_endpoint(call: Call) -> Json:
    """Answer one endpoint, without its secret."""
    return call.sandbox.load("webhook_endpoint", call.ids["id"])


@route(
    "POST",
    "/v1/webhook_endpoints/{id}",
    Obj(
        {
            "url": Url(),
            "enabled_events": ListOf(Str()),
            "disabled": Bool(),
            "description": Str(blank=True),
            "metadata": Metadata(),
            "expand": ListOf(Str()),
        }
    ),
)
def update_endpoint(call: Call) -> Json:
    """Change an endpoint; its secret stays."""
    endpoint = call.sandbox.load("webhook_endpoint", call.ids["id"])
    params = call.params
    if "url" in params:
        _check_loopback(params["url"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merge_metadata(endpoint["metadata"], params.get("metadata"))
    endpoint |= {name: params[name] for name in ("url", "enabled_events", "description") if name in params}
    return call.sandbox.store.save(endpoint)


@route("DELETE", "/v1/webhook_endpoints/{id}")
def delete_endpoint(call: Call) -> Json:
    """Forget an endpoint; what was still on its way to it is dropped."""
    endpoint = call.sandbox.load("webhook_endpoint", call.ids["id"])
    with call.sandbox.store.transaction() as connection:
        call.sandbox.store.delete(endpoint["id"])
        connection.execute("DELETE FROM deliveries WHERE endpoint = ?", (endpoint["id"],))
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
