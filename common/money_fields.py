"""Typing amounts of money into forms."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_DOLLARS = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?")


class AmountField(forms.CharField):
    """Dollars as people write them, `12.50` or `12,50`; cleaned to minor units, None when left empty."""

    default_error_messages = {"amount": _("Write an amount in dollars, such as 12.50.")}

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "size": 12}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        typed = re.sub(r"[\s$]|US", "", super().clean(value))
        if not typed:
            return None
        match = _DOLLARS.fullmatch(typed)
        if match is None:
            raise forms.ValidationError(self.error_messages["amount"], code="amount")
        return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
