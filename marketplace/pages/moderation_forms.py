"""What a moderator posts. What was ticked and typed is in the answer whatever happens."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from listings.models import ReviewCheck
from listings.reasons import REASONS, Remark
from listings.services.verdicts import MAX_REASON_LENGTH
from marketplace.pages.moderation_view import MARKED_FIELDS

MAX_LINES = 12


class ReviewForm(forms.Form):
    """Why a submission goes back: ready reasons, findings of the checks, marked lines, own words."""

    canned = forms.MultipleChoiceField(
        label=_("Reasons"), choices=[(name, reason.text) for name, reason in REASONS.items()], required=False
    )
    findings = forms.TypedMultipleChoiceField(label=_("Found by the checks"), coerce=int, required=False)
    lines = forms.MultipleChoiceField(label=_("Marked lines"), required=False)
    line_note = forms.CharField(
        label=_("About the marked lines"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    own = forms.CharField(
        label=_("In your own words"),
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.BooleanField(label=_("I have seen what the checks found"), required=False)

    def __init__(
        self, data: QueryDict | None, check: ReviewCheck | None, line_counts: dict[str, int]
    ) -> None:
        super().__init__(data)
        self.check = check
        found = range(len(check.findings) if check else 0)
        lines = [f"{name}:{n}" for name in MARKED_FIELDS for n in range(1, line_counts.get(name, 0) + 1)]
        self.fields["findings"].choices = [(str(n), str(n)) for n in found]  # type: ignore[attr-defined]
        self.fields["lines"].choices = [(key, key) for key in lines]  # type: ignore[attr-defined]

    def clean_lines(self) -> list[str]:
        lines: list[str] = self.cleaned_data["lines"]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("Mark at most %(count)d lines.") % {"count": MAX_LINES})
        return lines

    def remarks(self) -> list[Remark]:
        """Everything that was ticked, in the order of the page; own words come as a remark on no place."""
        data, found = self.cleaned_data, []
        found += [Remark(reason=name) for name in data["canned"]]
        for number in data["findings"]:
            raw = self.check.findings[number] if self.check else {}
            found.append(Remark(rule=raw["rule"], field=raw["field"], line=raw["line"]))
        note = data["line_note"].strip()
        for key in data["lines"]:
            name, _colon, line = key.partition(":")
            found.append(Remark(field=name, line=int(line), text=note or str(_("Please look at this line."))))
        own = data["own"].strip()
        return [*found, Remark(text=own)] if own else found
