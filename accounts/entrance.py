"""allauth's forms in fewer words: no placeholder beside a label, one sentence in place of a list."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_HELP = _("At least 10 characters. Not a common password, and not close to your name or email.")


class PlainWords:
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = PASSWORD_HELP


class LoginForm(PlainWords, forms.LoginForm):  # type: ignore[misc]
    """The page has the link to a forgotten password after the button, out of the way of the Tab key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class SignupForm(PlainWords, forms.SignupForm):  # type: ignore[misc]
    pass


class AddEmailForm(PlainWords, forms.AddEmailForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(PlainWords, forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(PlainWords, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(PlainWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass
