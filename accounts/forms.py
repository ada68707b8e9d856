"""Forms of the account pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


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
