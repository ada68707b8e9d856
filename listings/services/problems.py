"""The hard rules of submission. Everything else only informs (rules.md, "Review and import")."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.queries import user_has_verified_email
from common.errors import InvalidInput
from listings import templating
from listings.lint.safety_rules import SECRETS
from listings.models import Listing, PromptVersion
from listings.services.inputs import price_clean
from listings.services.versions import variables_of

MIN_EXAMPLES = 2
MAX_TEXT_LENGTH = 40_000


def problems_of(listing: Listing, version: PromptVersion) -> dict[str, list[str]]:
    """Why `version` cannot be submitted: all the reasons at once, by field, each saying what to do."""
    found = public_problems(listing) | {
        "price_amount": _price_problems(listing),
        "prompt": _text_problems(listing, version),
        "examples": _example_problems(version),
    }
    _keys_found(found, _version_texts(version))
    return {field: problems for field, problems in found.items() if problems}


def public_problems(listing: Listing) -> dict[str, list[str]]:
    """Why the public text of `listing` cannot be submitted, by field."""
    found = {
        "title": [] if listing.title.strip() else [_("Write a title.")],
        "summary": [] if listing.summary.strip() else [_("Write a one-line summary.")],
        "description": [] if listing.description.strip() else [_("Write a description.")],
        "email": _email_problems(listing),
    }
    _keys_found(found, [(name, getattr(listing, name)) for name in ("title", "summary", "description")])
    return {field: problems for field, problems in found.items() if problems}


def is_copy_of_another(listing: Listing, version: PromptVersion) -> bool:
    """Whether another seller has submitted the same text: before this one, if this one is submitted."""
    if not version.text_hash:
        return False
    same = PromptVersion.objects.filter(text_hash=version.text_hash, sealed_at__isnull=False)
    if version.sealed_at is not None:
        same = same.filter(
            Q(sealed_at__lt=version.sealed_at) | Q(sealed_at=version.sealed_at, pk__lt=version.pk)
        )
    return same.exclude(listing__seller_id=listing.seller_id).exists()


def _price_problems(listing: Listing) -> list[str]:
    try:
        price_clean(listing.price_amount)
    except InvalidInput as error:
        return [str(error)]
    return []


def _text_problems(listing: Listing, version: PromptVersion) -> list[str]:
    if not version.text.strip():
        return [_("Write the prompt.")]
    problems = []
    if len(version.text) > MAX_TEXT_LENGTH:
        sentence = _("Shorten the prompt to %(limit)d characters; it has %(count)d.")
        problems.append(sentence % {"limit": MAX_TEXT_LENGTH, "count": len(version.text)})
    if is_copy_of_another(listing, version):
        problems.append(_("Another seller offers this very text. Submit one that you wrote yourself."))
    return problems


def _example_problems(version: PromptVersion) -> list[str]:
    examples = list(version.examples.all())
    problems = []
    if len(examples) < MIN_EXAMPLES:
        missing = MIN_EXAMPLES - len(examples)
        sentence = ngettext(
            "Record %(count)d more example: the values used and what came out.",
            "Record %(count)d more examples: the values used and what came out.",
            missing,
        )
        problems.append(sentence % {"count": missing})
    variables = variables_of(version)
    labels = {variable.name: variable.label for variable in variables}
    for number, example in enumerate(examples, 1):
        if not example.output_text.strip() and example.picture_id is None:
            problems.append(_("Example %(number)d: write what came out.") % {"number": number})
        if example.picture_id is not None and not example.picture_alt.strip():
            sentence = _("Example %(number)d: say in a few words what its picture shows.")
            problems.append(sentence % {"number": number})
        errors = templating.render(version.text, variables, example.values).errors
        problems += [
            _("Example %(number)d: %(label)s: %(problem)s")
            % {"number": number, "label": labels.get(name, name), "problem": messages[0]}
            for name, messages in errors.items()
        ]
    return problems


def _email_problems(listing: Listing) -> list[str]:
    if user_has_verified_email(listing.seller.user):
        return []
    return [_("Confirm your email address first: open the link in the message we sent you.")]


def _keys_found(found: dict[str, list[str]], texts: list[tuple[str, str]]) -> None:
    for field, text in texts:
        if SECRETS.search(text):
            sentence = _(
                "This holds a password, key or token. Take it out, and revoke it where it was issued."
            )
            found.setdefault(field, []).append(sentence)


def _version_texts(version: PromptVersion) -> list[tuple[str, str]]:
    examples = "\n".join(f"{row.values} {row.output_text}" for row in version.examples.all())
    blanks = "\n".join(f"{value}" for raw in version.variables for value in raw.values())
    return [
        ("prompt", version.text),
        ("variables", blanks),
        ("instructions", version.instructions),
        ("changelog", version.changelog),
        ("examples", examples),
    ]
