"""What comes with a bought prompt: the seller's instructions, and the recorded examples."""

import json

from django.utils.translation import gettext as _
from mcp_types import (
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from accounts.models import Scope
from common.errors import NotFound
from marketplace.api.fields import shaped
from marketplace.api.listing_shape import ExampleSerializer
from marketplace.mcp.callers import Caller
from marketplace.mcp.library import Owned, owned_get, owned_page
from payments.services.reading import entitlement_open

SCHEME = "promptfair://library/"
INSTRUCTIONS, EXAMPLES = "instructions", "examples"
MIME_TYPES = {INSTRUCTIONS: "text/plain", EXAMPLES: "application/json"}


def resources_list(caller: Caller, params: PaginatedRequestParams | None) -> ListResourcesResult:
    """Two for each prompt the caller owns; what is empty reads as empty."""
    caller.needs(Scope.LIBRARY_READ)
    owned, next_cursor = owned_page(caller.user, params.cursor if params else None)
    titles = _titles()
    resources = [
        Resource(
            uri=f"{SCHEME}{entitlement.listing.slug}/{kind}",
            name=f"{entitlement.listing.slug}-{kind}",
            title=titles[kind] % {"title": entitlement.listing.title},
            mime_type=mime_type,
        )
        for entitlement in owned
        for kind, mime_type in MIME_TYPES.items()
    ]
    return ListResourcesResult(resources=resources, next_cursor=next_cursor)


def resource_templates_list(
    caller: Caller, params: PaginatedRequestParams | None
) -> ListResourceTemplatesResult:
    """The same by slug; `slug@latest` names the newest version's."""
    titles = _titles()
    return ListResourceTemplatesResult(
        resource_templates=[
            ResourceTemplate(
                uri_template=f"{SCHEME}{{slug}}/{kind}",
                name=kind,
                title=titles[kind] % {"title": "slug"},
                mime_type=mime_type,
            )
            for kind, mime_type in MIME_TYPES.items()
        ]
    )


def resource_read(caller: Caller, params: ReadResourceRequestParams) -> ReadResourceResult:
    """Instructions are part of what was bought: reading them counts as opening. Examples are public."""
    caller.needs(Scope.LIBRARY_READ)
    name, _slash, kind = params.uri.removeprefix(SCHEME).partition("/")
    if not params.uri.startswith(SCHEME) or kind not in MIME_TYPES:
        raise NotFound(_("There is no such resource."), code="resource_not_found")
    owned = owned_get(caller.user, name)
    if kind == INSTRUCTIONS:
        entitlement_open(entitlement=owned.entitlement, via="mcp", address=caller.address)
    text = owned.version.instructions if kind == INSTRUCTIONS else _examples(owned)
    contents = TextResourceContents(uri=params.uri, mime_type=MIME_TYPES[kind], text=text)
    return ReadResourceResult(contents=[contents])


def _examples(owned: Owned) -> str:
    examples = shaped(ExampleSerializer, owned.version.examples.order_by("position"))
    return json.dumps(examples, ensure_ascii=False, indent=1)


def _titles() -> dict[str, str]:
    return {INSTRUCTIONS: _("%(title)s: instructions"), EXAMPLES: _("%(title)s: examples")}
