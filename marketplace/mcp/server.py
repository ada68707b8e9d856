"""The protocol's methods put together: each is a plain function of the caller and the parameters."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import NotificationOptions
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, NotificationParams
from pydantic import BaseModel

from common.errors import DomainError, InvalidInput
from marketplace.api.base import is_unstorable
from marketplace.mcp import prompts, resources, tools
from marketplace.mcp.callers import Caller, caller_of
from marketplace.mcp.notices import Notices
from marketplace.mcp.threads import in_buying_thread, in_thread

logger = logging.getLogger(__name__)

NAME = "promptfair"
INSTRUCTIONS = (
    "The prompts listed here are what the user has bought on Promptfair. Use search_prompts and get_listing "
    "to find more, and start_checkout to give the user the address of a payment page; only the user can pay."
)

Params = TypeVar("Params", bound=BaseModel | None)
Result = TypeVar("Result", bound=BaseModel)
Handler = Callable[[ServerRequestContext[Any, Any], Any], Awaitable[Any]]


class LibraryServer(Server[None]):
    """The SDK's server, which tells clients of the older protocol that it sends notices."""

    def create_initialization_options(self, *args: Any, **kwargs: Any) -> Any:
        changing = NotificationOptions(prompts_changed=True, resources_changed=True)
        return super().create_initialization_options(changing, *args[1:], **kwargs)


def build_server() -> Server[None]:
    notices = Notices()
    server = LibraryServer(
        NAME,
        version=str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        title="Promptfair",
        instructions=INSTRUCTIONS,
        lifespan=notices.heard,
        on_list_prompts=_handler(prompts.prompts_list),
        on_get_prompt=_handler(prompts.prompt_get),
        on_completion=_handler(prompts.completion),
        on_list_resources=_handler(resources.resources_list),
        on_list_resource_templates=_handler(resources.resource_templates_list),
        on_read_resource=_handler(resources.resource_read),
        on_list_tools=_handler(tools.tools_list),
        on_call_tool=_call_tool,
        on_subscriptions_listen=notices.listen,
    )
    server.add_notification_handler("notifications/initialized", NotificationParams, notices.session_begins)
    return server


async def _call_tool(ctx: ServerRequestContext[Any, Any], params: Any) -> Any:
    thread = in_buying_thread if params.name == tools.CHECKOUT else in_thread
    return await thread(partial(_answered, tools.tool_call, caller_of(ctx), params))


def _handler(work: Callable[[Caller, Params], Result]) -> Handler:
    async def handle(ctx: ServerRequestContext[Any, Any], params: Params) -> Result:
        return await in_thread(partial(_answered, work, caller_of(ctx), params))

    return handle


def _answered(work: Callable[[Caller, Params], Result], caller: Caller, params: Params) -> Result:
    """`work` in the user's language, its errors as the protocol's. Nothing internal reaches client or log."""
    with translation.override(caller.user.language):
        try:
            if params is not None and is_unstorable(params.model_dump()):
                raise InvalidInput(_("A string holds a NUL character or half a surrogate pair."))
            return work(caller, params)
        except DomainError as error:
            told = {
                "code": error.code,
                "errors": {field: list(map(str, found)) for field, found in error.errors.items()},
            }
            raise MCPError(INVALID_PARAMS, str(error.message), told) from None
        except Exception as error:
            # Where and what kind, but never the error's own words: they may quote a prompt.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("Unexpected %s in MCP\n%s", type(error).__name__, frames)
            message = _("Something went wrong on our side. It has been recorded; trying again is safe.")
            raise MCPError(INTERNAL_ERROR, message, {"code": "internal_error"}) from None
