"""Moderation for staff. A prompt's text is on one page only, that of one submission; each look is audited."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.errors import DomainError, NotFound
from common.read_only_admin import ReadOnlyAdmin
from listings.lint import lint
from listings.models import (
    Category,
    Collection,
    CollectionItem,
    DecisionKind,
    Listing,
    ModerationDecision,
    PromptVersion,
    SubmittedVersion,
    Tag,
    TargetModel,
)
from listings.queries.moderation import versions_waiting
from listings.queries.originality import near_copies
from listings.queries.quality import draft_of
from listings.services.problems import problems_of
from listings.services.review import listing_decide, listing_remove
from listings.services.sources import version_source
from listings.services.verdicts import MAX_REASON_LENGTH
from listings.services.versions import variables_of

CANNED_REASONS = {
    "examples": _("The examples do not look like what this prompt produces. Record them again."),
    "description": _("The description does not say what the buyer gets."),
    "quality": _("The prompt is too short or too general to be worth its price."),
    "title": _("The title or summary promises more than the prompt does."),
    "category": _("The model, category or tags do not fit."),
    "rights": _("The prompt or its examples use a protected name, likeness or text."),
    "harm": _("The prompt asks for something our rules do not allow."),
}
# How a moderator reads the fields in which something was found.
FIELD_WORDS = {
    "title": _("Title"),
    "summary": _("Summary"),
    "description": _("Description"),
    "language": _("Language of the prompt"),
    "price_amount": _("Price"),
    "prompt": _("Prompt"),
    "instructions": _("Instructions"),
    "variables": _("Variables"),
    "examples": _("Examples"),
    "email": _("Email address"),
}


class ReviewForm(forms.Form):
    """Why a submission goes back: ready sentences, and the moderator's own."""

    canned = forms.MultipleChoiceField(
        label=_("Reasons"),
        choices=list(CANNED_REASONS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    own = forms.CharField(
        label=_("In your own words"),
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )

    def reasons(self, language: str) -> list[str]:
        """The sentences, the ready ones in the seller's language."""
        with translation.override(language):
            ready = [str(CANNED_REASONS[key]) for key in self.cleaned_data["canned"]]
        own = self.cleaned_data["own"].strip()
        return [*ready, own] if own else ready


class ForModerators:
    """Open to every active member of staff: `is_staff` is what makes a moderator."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_moderator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_moderator(request)


@admin.register(SubmittedVersion)
class ModerationQueueAdmin(ForModerators, ReadOnlyAdmin):
    """The queue, and the page where one submission is read and decided."""

    list_display = ("title", "seller", "target_model", "price", "kind", "submitted", "waiting")
    list_select_related = ("listing__seller", "listing__model")
    ordering = ("sealed_at", "pk")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return SubmittedVersion.objects.filter(pk__in=versions_waiting().values("pk")).defer(
            "text", "instructions", "variables"
        )

    @admin.display(description=_("title"), ordering="listing__title")
    def title(self, version: PromptVersion) -> str:
        return version.listing.title

    @admin.display(description=_("seller"), ordering="listing__seller__handle")
    def seller(self, version: PromptVersion) -> str:
        return version.listing.seller.handle

    @admin.display(description=_("model"))
    def target_model(self, version: PromptVersion) -> str:
        return version.listing.model.name

    @admin.display(description=_("price"), ordering="listing__price_amount")
    def price(self, version: PromptVersion) -> str:
        return version.listing.price_label

    @admin.display(description=_("kind"))
    def kind(self, version: PromptVersion) -> str:
        return gettext("New version") if version.listing.published_at else gettext("New listing")

    @admin.display(description=_("submitted"), ordering="sealed_at")
    def submitted(self, version: PromptVersion) -> datetime.datetime | None:
        return version.sealed_at

    @admin.display(description=_("waiting for"), ordering="sealed_at")
    def waiting(self, version: PromptVersion) -> str:
        return timesince(version.sealed_at, clock.now()) if version.sealed_at else ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Moderation queue")} | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self.review_view(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One submission, with its text. Reading is audited; nothing on this page is stored by a cache."""
        moderator = _moderator(request)
        version = PromptVersion.objects.filter(pk=_number(object_id), sealed_at__isnull=False).first()
        if version is None:
            raise Http404
        form = ReviewForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._decided(request, moderator, version, form):
            return redirect("admin:listings_submittedversion_changelist")
        if not versions_waiting().filter(pk=version.pk).exists():
            self.message_user(request, gettext("This submission is no longer waiting."), messages.WARNING)
            return redirect("admin:listings_submittedversion_changelist")
        return self._review_page(request, moderator, version, form)

    def _decided(
        self, request: HttpRequest, moderator: User, version: PromptVersion, form: ReviewForm
    ) -> bool:
        listing = version.listing
        try:
            listing_decide(
                listing=listing,
                moderator=moderator,
                decision=request.POST.get("decision", ""),
                reasons=form.reasons(listing.seller.user.language),
                version_number=version.number,
            )
        except NotFound as error:
            raise Http404 from error
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        published = request.POST.get("decision") == DecisionKind.PUBLISH
        sentence = gettext("“%(title)s” is on sale.") if published else gettext("“%(title)s” was returned.")
        self.message_user(request, sentence % {"title": listing.title}, messages.SUCCESS)
        return True

    def _review_page(
        self, request: HttpRequest, moderator: User, version: PromptVersion, form: ReviewForm
    ) -> HttpResponse:
        source = version_source(version=version, reader=moderator, via="queue")
        decisions = ModerationDecision.objects.filter(version__listing=source.listing)
        problems, report = problems_of(source.listing, source), lint(draft_of(source.listing, source))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Review a submission"),
            "listing": source.listing,
            "version": source,
            "variables": variables_of(source),
            "examples": source.examples.all(),
            "problems": [(_field_words(field), sentences) for field, sentences in problems.items()],
            "score": report.score,
            "findings": [(finding, _field_words(finding.field)) for finding in report.findings],
            "near_copies": near_copies(source),
            "decisions": decisions.select_related("version", "moderator").order_by("-created_at"),
            "form": form,
            "DecisionKind": DecisionKind,
        }
        response = TemplateResponse(request, "admin/listings/submittedversion/review.html", context)
        response["Cache-Control"] = "no-store, private"
        return response


@admin.register(ModerationDecision)
class ModerationDecisionAdmin(ForModerators, ReadOnlyAdmin):
    list_display = ("listing", "number", "decision", "moderator", "created_at")
    list_filter = ("decision",)
    list_select_related = ("version__listing", "moderator")
    fields = ("listing", "number", "decision", "reasons", "moderator", "created_at")
    readonly_fields = fields
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("version__text", "version__instructions")

    @admin.display(description=_("listing"))
    def listing(self, decision: ModerationDecision) -> str:
        return decision.version.listing.title

    @admin.display(description=_("version"))
    def number(self, decision: ModerationDecision) -> int:
        return decision.version.number


@admin.register(Listing)
class ListingAdmin(ForModerators, ReadOnlyAdmin):
    """What anyone may read of a listing; its versions are not here."""

    list_display = ("title", "seller", "model", "category", "price_label", "status", "published_at")
    list_filter = ("status", "model", "category")
    list_select_related = ("seller", "model", "category")
    search_fields = ("title", "slug", "seller__handle")
    fields = (
        *("title", "slug", "seller", "status", "summary", "description", "model", "category", "tags"),
        *("language", "license", "price_label", "created_at", "submitted_at", "published_at"),
        *("sales_count", "favorites_count", "rating_count"),
    )
    readonly_fields = fields
    ordering = ("-created_at",)
    actions = ("remove_from_sale",)

    @admin.action(description=_("Remove for good (buyers keep what they bought)"))
    def remove_from_sale(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        moderator = _moderator(request)
        for listing in queryset.order_by("pk"):
            try:
                listing_remove(listing=listing, by=moderator)
            except DomainError as error:
                self.message_user(request, f"{listing.title}: {error}", messages.ERROR)


@admin.register(TargetModel)
class TargetModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "provider", "modality", "position")
    ordering = ("position",)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "name_fr", "slug", "position")
    ordering = ("position",)


class CollectionItems(admin.TabularInline):  # type: ignore[type-arg]
    model = CollectionItem
    autocomplete_fields = ("listing",)
    extra = 1


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The rows of the home page and of the models' pages, picked by staff."""

    list_display = ("title", "title_fr", "position", "is_shown")
    list_editable = ("position", "is_shown")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (CollectionItems,)
    ordering = ("position",)


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    search_fields = ("slug",)


def _is_moderator(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def _moderator(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not _is_moderator(request):
        raise Http404
    return request.user


def _field_words(field: str) -> str:
    """The name of a field; `examples.1` is the second example."""
    name, _dot, number = field.partition(".")
    if number:
        return gettext("Example %(number)s") % {"number": int(number) + 1}
    return str(FIELD_WORDS.get(name, name))


def _number(object_id: str) -> int:
    return int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0
