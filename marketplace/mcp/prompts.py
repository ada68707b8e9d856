"""What the caller owns as prompts: variables are arguments, choices are completed, getting one renders it."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _
from mcp_types import (
    CompleteRequestParams,
    CompleteResult,
    Completion,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ResourceTemplateReference,
    TextContent,
)

from accounts.models import Scope
from common.errors import InvalidInput
from listings.models import PromptVersion
from listings.templating import Rendered, TemplateVariable, VariableType, render
from marketplace.mcp.callers import Caller
from marketplace.mcp.library import (
    LATEST,
    latest_number,
    owned_get,
    owned_page,
    owned_slugs,
    variables_of,
)
from payments.models import Entitlement
from payments.services.reading import entitlement_open

# The protocol's bound on an answer to completion/complete.
MOST_COMPLETIONS = 100


def prompts_list(caller: Caller, params: PaginatedRequestParams | None) -> ListPromptsResult:
    """What the caller owns. Listing shows no text, so it does not count as opening."""
    caller.needs(Scope.LIBRARY_READ)
    owned, next_cursor = owned_page(caller.user, params.cursor if params else None)
    prompts = [prompt for entitlement in owned for prompt in _prompts_of(entitlement)]
    return ListPromptsResult(prompts=prompts, next_cursor=next_cursor)


def prompt_get(caller: Caller, params: GetPromptRequestParams) -> GetPromptResult:
    """Fill in the prompt. Counts as opening it: a refund then needs a look by a person."""
    caller.needs(Scope.LIBRARY_READ)
    owned = owned_get(caller.user, params.name)
    rendered = _rendered(owned.version, owned.variables, params.arguments or {})
    entitlement_open(entitlement=owned.entitlement, via="mcp", address=caller.address)
    return GetPromptResult(
        description=owned.entitlement.listing.title,
        messages=_messages(rendered),
        _meta={"promptfair/version": owned.version.number},
    )


def completion(caller: Caller, params: CompleteRequestParams) -> CompleteResult:
    """What an argument may be: its choices, yes or no, or its default; for a resource, the caller's slugs."""
    caller.needs(Scope.LIBRARY_READ)
    if isinstance(params.ref, ResourceTemplateReference):
        slugs = owned_slugs(caller.user, params.argument.value, limit=MOST_COMPLETIONS + 1)
        return _completed(slugs if params.argument.name == "slug" else [])
    variables = {variable.name: variable for variable in owned_get(caller.user, params.ref.name).variables}
    variable = variables.get(params.argument.name)
    if variable is None:
        raise InvalidInput.of(params.argument.name, _("This prompt has no such variable."))
    return _completed(_completions(variable, params.argument.value))


def _prompts_of(entitlement: Entitlement) -> list[Prompt]:
    """The version bought, and beside it the newest one where that is another."""
    slug, bought = entitlement.listing.slug, entitlement.version
    newest, published = latest_number(entitlement), entitlement.listing.published_version
    if published is None or newest == bought.number:
        return [_prompt(slug, entitlement, bought, _("Version %(number)d.") % {"number": bought.number})]
    note = _("Version %(number)d, the one you bought; version %(newest)d is %(name)s.")
    latest = f"{slug}@{LATEST}"
    return [
        _prompt(
            slug,
            entitlement,
            bought,
            note % {"number": bought.number, "newest": newest, "name": latest},
        ),
        _prompt(
            latest,
            entitlement,
            published,
            _("Version %(number)d, always the newest.") % {"number": newest},
        ),
    ]


def _prompt(name: str, entitlement: Entitlement, version: PromptVersion, note: str) -> Prompt:
    listing = entitlement.listing
    return Prompt(
        name=name,
        title=listing.title,
        description=f"{listing.summary} ({listing.model.name}) {note}",
        arguments=[_argument(variable) for variable in variables_of(version)],
        _meta={
            "promptfair/version": version.number,
            "promptfair/library": f"{settings.PUBLIC_URL}{entitlement.get_absolute_url()}",
        },
    )


def _argument(variable: TemplateVariable) -> PromptArgument:
    hints = [variable.help]
    if variable.choices:
        hints.append(_("One of: %(choices)s.") % {"choices": ", ".join(variable.choices)})
    if variable.type == VariableType.MULTI_CHOICE:
        hints.append(_("Several are separated by commas."))
    elif variable.type == VariableType.TOGGLE:
        hints.append(_("true or false."))
    elif variable.type == VariableType.NUMBER:
        hints.append(_("A number."))
    if variable.default:
        hints.append(_("“%(value)s” unless told.") % {"value": variable.default})
    return PromptArgument(
        name=variable.name,
        title=variable.label,
        description=" ".join(hint for hint in hints if hint) or None,
        required=variable.required and not variable.default,
    )


def _rendered(
    version: PromptVersion, variables: list[TemplateVariable], arguments: Mapping[str, str]
) -> Rendered:
    """The finished text. Raises InvalidInput naming arguments; an empty one counts as left out."""
    known = {variable.name for variable in variables}
    errors = {name: [_("This prompt has no such variable.")] for name in arguments if name not in known}
    rendered = render(version.text, variables, {name: text for name, text in arguments.items() if text})
    errors |= rendered.errors
    if errors:
        told = "; ".join(f"{name}: {messages[0]}" for name, messages in errors.items())
        raise InvalidInput(
            _("Some variables need another look: %(problems)s") % {"problems": told},
            code="invalid_variables",
            errors=errors,
        )
    return rendered


def _messages(rendered: Rendered) -> list[PromptMessage]:
    """One message, or one per part. The protocol knows no system role: `_meta` says what a part is for."""
    if not rendered.parts:
        return [PromptMessage(role="user", content=TextContent(text=rendered.text))]
    return [
        PromptMessage(
            role="user",
            content=TextContent(
                text=part.text,
                _meta={"promptfair/role": part.role.value, "promptfair/title": part.title},
            ),
        )
        for part in rendered.parts
    ]


def _completed(values: list[str]) -> CompleteResult:
    return CompleteResult(
        completion=Completion(
            values=values[:MOST_COMPLETIONS], total=len(values), has_more=len(values) > MOST_COMPLETIONS
        )
    )


def _completions(variable: TemplateVariable, typed: str) -> list[str]:
    if variable.type == VariableType.TOGGLE:
        return _beginning(["true", "false"], typed)
    if variable.type == VariableType.MULTI_CHOICE:
        *taken, last = [part.strip() for part in typed.split(",")]
        before = "".join(f"{choice}, " for choice in taken)
        left = [choice for choice in variable.choices if choice not in taken]
        return [before + choice for choice in _beginning(left, last)]
    if variable.choices:
        return _beginning(list(variable.choices), typed)
    return _beginning([variable.default] if variable.default else [], typed)


def _beginning(values: list[str], typed: str) -> list[str]:
    return [value for value in values if value.casefold().startswith(typed.casefold())]
