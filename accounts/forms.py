"""Forms of the account pages. They shape what was typed; the rules are the services'."""

import datetime

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope, User
from accounts.queries import scopes_available
from common import clock
from common.errors import DomainError

NEVER = "never"


def show_errors(form: forms.Form, error: DomainError) -> None:
    """Put a service's refusal on the form: each message at its field, the rest above the form."""
    for field, messages in error.errors.items():
        for message in messages:
            form.add_error(field if field in form.fields else None, message)
    if not error.errors:
        form.add_error(None, error.message)


class SignupForm(forms.Form):
    """What sign-up asks beyond email and password; allauth mixes it into its own form."""

    display_name = forms.CharField(
        label=_("Your name"),
        max_length=60,
        help_text=_("Shown beside your reviews. You can change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: object, user: User) -> None:
        """Called by allauth once the user is made; `AccountAdapter.save_user` has set the name and handle."""


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=_("Your name"),
        max_length=60,
        help_text=_("Shown beside your reviews."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    handle = forms.CharField(
        label=_("Handle"),
        max_length=30,
        help_text=_("A short name for you: 3 to 30 lower-case letters, digits or hyphens."),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of these pages and of our mails to you."),
    )


class StorefrontForm(forms.Form):
    """The public text of a storefront."""

    name = forms.CharField(
        label=_("Storefront name"), max_length=60, help_text=_("Buyers see it on every listing of yours.")
    )
    bio = forms.CharField(
        label=_("About you"),
        max_length=600,
        required=False,
        help_text=_("What you know and what your prompts are good for, in a few sentences."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SellerProfileForm(StorefrontForm):
    """Opening a storefront: its text, and the handle that cannot be changed afterwards."""

    handle = forms.CharField(
        label=_("Storefront handle"),
        max_length=30,
        help_text=_(
            "The end of your storefront's address: 3 to 30 lower-case letters, digits or hyphens. "
            "It cannot be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ("name", "handle", "bio")


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("What it is for, such as: my editor, nightly export.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing this token may do.")},
    )
    expiry = forms.ChoiceField(
        label=_("Ends after"),
        choices=[("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")), (NEVER, _("Never"))],
        initial="90",
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        scopes: forms.MultipleChoiceField = self.fields["scopes"]  # type: ignore[assignment]
        scopes.choices = [(scope.value, Scope(scope).label) for scope in scopes_available(user)]

    def expires_at(self) -> datetime.datetime | None:
        """When a token with the chosen expiry ends; None for never."""
        expiry = self.cleaned_data["expiry"]
        return None if expiry == NEVER else clock.now() + datetime.timedelta(days=int(expiry))
