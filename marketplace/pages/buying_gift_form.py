"""For whom an order is meant, as it is typed at the checkout."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from payments.models import MAX_MESSAGE
from payments.services.gifts import GiftWish


class GiftForm(forms.Form):
    """An address, and if one likes some words and a day. What fits, the service says."""

    use_required_attribute = False

    gift_email = forms.CharField(
        label=gettext_lazy("Their email address"),
        max_length=254,
        help_text=gettext_lazy("We send them a link. Whoever holds it can claim the present, once."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    gift_message = forms.CharField(
        label=gettext_lazy("Your words to them"),
        max_length=MAX_MESSAGE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_MESSAGE}),
    )
    gift_on = forms.DateField(
        label=gettext_lazy("Send it on"),
        required=False,
        help_text=gettext_lazy("Leave it empty, and it goes as soon as you have paid."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")

    def wish(self) -> GiftWish:
        """What was typed, once it is valid."""
        data = self.cleaned_data
        message = data["gift_message"].replace("\r\n", "\n")
        return GiftWish(email=data["gift_email"], message=message, send_on=data["gift_on"])


class AddressForm(forms.Form):
    """Another address for a gift that nobody has claimed."""

    use_required_attribute = False

    gift_email = forms.CharField(
        label=gettext_lazy("Their email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)
