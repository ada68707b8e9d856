"""How a person wants to be told, kind by kind."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import DigestRhythm, NoticeKind
from accounts.notices import ALWAYS_MAILED, BUYER_KINDS, SELLER_KINDS, Wish, wishes_of, wishes_save
from accounts.queries import seller_profile_of
from marketplace.pages.people import signed_in


@dataclass(frozen=True, slots=True)
class Row:
    """A kind with its two boxes; no second one where the mail is always sent."""

    label: str
    in_app: BoundField
    by_mail: BoundField | None


class PreferencesForm(forms.Form):
    """Two boxes for each kind, and how often the digest comes."""

    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=DigestRhythm.choices)

    def __init__(self, *args: Any, kinds: tuple[NoticeKind, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        for kind in kinds:
            self.fields[f"{kind}-app"] = forms.BooleanField(required=False, label=_("In the app"))
            if kind not in ALWAYS_MAILED:
                self.fields[f"{kind}-mail"] = forms.BooleanField(required=False, label=_("By mail"))

    def rows(self, kinds: tuple[NoticeKind, ...]) -> list[Row]:
        return [
            Row(
                label=str(kind.label),
                in_app=self[f"{kind}-app"],
                by_mail=None if kind in ALWAYS_MAILED else self[f"{kind}-mail"],
            )
            for kind in kinds
            if kind in self.kinds
        ]

    def wishes(self) -> dict[NoticeKind, Wish]:
        data = self.cleaned_data
        return {
            kind: Wish(data[f"{kind}-app"], data.get(f"{kind}-mail", True), data["rhythm"])
            for kind in self.kinds
        }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Each kind in the app, by mail, both or neither; those about sales for sellers only."""
    user = signed_in(request)
    is_seller = seller_profile_of(user) is not None
    kinds = (*BUYER_KINDS, *SELLER_KINDS) if is_seller else BUYER_KINDS
    wishes = wishes_of(user)
    initial: dict[str, Any] = {"rhythm": wishes[NoticeKind.DIGEST].rhythm}
    for kind in kinds:
        initial |= {f"{kind}-app": wishes[kind].in_app, f"{kind}-mail": wishes[kind].by_mail}
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=initial, kinds=kinds)
    if form.is_bound and form.is_valid():
        wishes_save(user=user, wishes=form.wishes())
        messages.success(request, _("Saved."))
        return redirect("account_notifications")
    groups = [(_("What you buy and follow"), form.rows(BUYER_KINDS))]
    if is_seller:
        groups.append((_("What you sell"), form.rows(SELLER_KINDS)))
    context = {"form": form, "groups": groups, "section": "notifications"}
    template = "pages/account/notification_preferences.html"
    return render(request, template, context, status=400 if form.errors else 200)
