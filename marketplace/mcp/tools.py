"""The tools: searching the catalogue, looking at a listing, and beginning a purchase that a person pays."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from accounts.models import Scope
from common.errors import DomainError, InvalidInput, NotFound
from listings.queries.catalogue import catalogue_slice
from listings.queries.detail import public_listing
from listings.queries.filters import CatalogueFilter, Sort
from marketplace.api.listing_shape import listing_data, listings_data_by_id
from marketplace.mcp.callers import Caller
from payments.models import Order, SaleSource
from payments.services.checkout import is_open
from payments.services.orders import order_create

MOST_RESULTS = 50
# What helps to choose among many; get_listing tells the rest.
SEARCH_FIELDS = (
    *("slug", "url", "title", "summary", "model", "category", "tags", "price_amount", "currency"),
    *("seller", "rating", "sales_count", "owned"),
)
CHECKOUT = "start_checkout"

_SEARCH_INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "Words to find in title, summary, description, tags."},
        "model": {"type": "string", "description": "A model's slug, such as chatgpt."},
        "category": {"type": "string", "description": "A category's slug, such as writing."},
        "tag": {"type": "string"},
        "min_price": {"type": "integer", "minimum": 0, "description": "US cents."},
        "max_price": {"type": "integer", "minimum": 0, "description": "US cents."},
        "free": {"type": "boolean", "description": "Only what costs nothing."},
        "rating": {"type": "integer", "minimum": 1, "maximum": 5, "description": "At least so many stars."},
        "sort": {"type": "string", "enum": list(Sort.values)},
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_RESULTS, "default": 10},
        "cursor": {"type": "string", "description": "next_cursor of the page before."},
    },
    "additionalProperties": False,
}
_SLUG_INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {"slug": {"type": "string", "description": "As search_prompts gives it."}},
    "required": ["slug"],
    "additionalProperties": False,
}
_CHECKOUT_INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "slugs": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": MOST_RESULTS,
            "description": "The listings to buy, in one order.",
        }
    },
    "required": ["slugs"],
    "additionalProperties": False,
}
_LOOKING = ToolAnnotations(read_only_hint=True, open_world_hint=False)
TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            name="search_prompts",
            title="Search prompts for sale",
            description=(
                "Find AI prompts for sale on Promptfair. Says what each costs in minor units (499 is $4.99) "
                "and whether the user owns it. The texts are for buyers only."
            ),
            input_schema=_SEARCH_INPUT,
            annotations=_LOOKING,
        ),
        Tool(
            name="get_listing",
            title="Look at a prompt for sale",
            description=(
                "Everything public about one prompt: description, variables, examples, price, seller, rating."
            ),
            input_schema=_SLUG_INPUT,
            annotations=_LOOKING,
        ),
        Tool(
            name=CHECKOUT,
            title="Begin a purchase",
            description=(
                "Make an order and return the address of its payment page. Give that address to the user: "
                "nothing is paid until they pay there. What is free is theirs at once. Asking again for the "
                "same prompts returns the same open order."
            ),
            input_schema=_CHECKOUT_INPUT,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
            ),
        ),
    )
}


def tools_list(caller: Caller, params: PaginatedRequestParams | None) -> ListToolsResult:
    """Those the token may use."""
    may_buy = Scope.ORDERS_WRITE in caller.scopes
    return ListToolsResult(tools=[tool for tool in TOOLS.values() if may_buy or tool.name != CHECKOUT])


def tool_call(caller: Caller, params: CallToolRequestParams) -> CallToolResult:
    """Run a tool. A refusal is a result for the model to read; an unknown tool is NotFound."""
    work = _WORK.get(params.name)
    if work is None:
        raise NotFound(_("There is no such tool."), code="tool_not_found")
    try:
        return _result(work(caller, params.arguments or {}))
    except DomainError as error:
        told = {"code": error.code, "message": str(error.message), "errors": _texts(error)}
        return _result(told, is_error=True)


def _search(caller: Caller, given: Mapping[str, Any]) -> dict[str, Any]:
    _expect(given, _SEARCH_INPUT)
    names = {"q": "query"} | {name: name for name in ("model", "category", "tag", "sort")}
    names |= {name: name for name in ("min_price", "max_price", "free", "rating")}
    wanted, errors = CatalogueFilter.from_params(
        {name: _as_text(given[key]) for name, key in names.items() if key in given}
    )
    if errors:
        raise InvalidInput(" ".join(messages[0] for messages in errors.values()), errors=errors)
    found = catalogue_slice(wanted, cursor=given.get("cursor", ""), page_size=given.get("limit", 10))
    rows = listings_data_by_id([card.id for card in found.cards], caller.user)
    return {
        "results": [{name: row[name] for name in SEARCH_FIELDS} for row in rows],
        "next_cursor": found.next_cursor,
    }


def _listing(caller: Caller, given: Mapping[str, Any]) -> dict[str, Any]:
    _expect(given, _SLUG_INPUT)
    row = listing_data([public_listing(given["slug"])], caller.user)[0]
    return {name: value for name, value in row.items() if name != "description_html"}


def _checkout(caller: Caller, given: Mapping[str, Any]) -> dict[str, Any]:
    caller.needs(Scope.ORDERS_WRITE)
    _expect(given, _CHECKOUT_INPUT)
    return _order(
        order_create(
            buyer=caller.user,
            listing_slugs=given["slugs"],
            sources=dict.fromkeys(given["slugs"], SaleSource.API),
        )
    )


_WORK: dict[str, Callable[[Caller, Mapping[str, Any]], dict[str, Any]]] = {
    "search_prompts": _search,
    "get_listing": _listing,
    CHECKOUT: _checkout,
}


def _order(order: Order) -> dict[str, Any]:
    return {
        "order": str(order.pk),
        "number": order.number,
        "status": order.status,
        "total_amount": order.total_amount,
        "currency": order.currency,
        "checkout_url": order.checkout_url if is_open(order) else None,
        "expires_at": order.expires_at.isoformat(),
    }


def _expect(given: Mapping[str, Any], schema: dict[str, Any]) -> None:
    """Raises InvalidInput naming each argument that breaks the tool's own schema."""
    errors: dict[str, list[str]] = {}
    for problem in Draft202012Validator(schema).iter_errors(given):
        errors.setdefault(str(problem.path[0]) if problem.path else "arguments", []).append(problem.message)
    if errors:
        told = "; ".join(f"{name}: {messages[0]}" for name, messages in errors.items())
        raise InvalidInput(told, errors=errors)


def _as_text(value: Any) -> str:
    return ("1" if value else "0") if isinstance(value, bool) else str(value)


def _texts(error: DomainError) -> dict[str, list[str]]:
    return {field: [str(message) for message in messages] for field, messages in error.errors.items()}


def _result(content: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    text = json.dumps(content, ensure_ascii=False)
    return CallToolResult(
        content=[TextContent(text=text)], structured_content=json.loads(text), is_error=is_error
    )
