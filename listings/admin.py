"""Listings and their reviews for staff, to be looked at. No page here holds a prompt's text."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import audit_record
from common.errors import DomainError
from common.read_only_admin import ReadOnlyAdmin
from listings.models import (
    Appeal,
    Category,
    Collection,
    CollectionItem,
    Listing,
    ModerationDecision,
    ReviewCheck,
    SubmittedVersion,
    Tag,
    Takedown,
    TargetModel,
    TrustRule,
)
from listings.services.review import listing_remove


class ForModerators:
    """Open to every active member of staff: `is_staff` is what makes a moderator."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_moderator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_moderator(request)


@admin.register(SubmittedVersion)
class ModerationQueueAdmin(ForModerators, ReadOnlyAdmin):
    """The administration's way to the desk, where submissions are read and decided."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        _moderator(request)
        return redirect("/moderation/")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        raise Http404

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404


@admin.register(ReviewCheck)
class ReviewCheckAdmin(ForModerators, ReadOnlyAdmin):
    list_display = (
        "version_id",
        "state",
        "score",
        "why",
        "attempts",
        "last_error",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "why")
    fields = (
        *("version_id", "state", "score", "findings", "near_copies", "why"),
        *("attempts", "last_error", "created_at", "finished_at"),
    )
    readonly_fields = fields
    ordering = ("-created_at",)


@admin.register(Appeal)
class AppealAdmin(ForModerators, ReadOnlyAdmin):
    list_display = ("version_id", "state", "first_moderator", "opened_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("first_moderator",)
    fields = ("version_id", "state", "text", "first_moderator", "first_reasons", "opened_at", "decided_at")
    readonly_fields = fields
    ordering = ("-opened_at",)


@admin.register(Takedown)
class TakedownAdmin(ForModerators, ReadOnlyAdmin):
    list_display = ("listing", "kind", "state", "moderator", "created_at", "decided_by", "decided_at")
    list_filter = ("state", "kind")
    list_select_related = ("listing", "moderator", "decided_by")
    fields = (
        *("listing", "kind", "words", "state", "status_before", "moderator", "created_at"),
        *("counter_text", "countered_at", "decided_by", "decision_words", "decided_at", "ends_access"),
    )
    readonly_fields = fields
    ordering = ("-created_at",)


@admin.register(TrustRule)
class TrustRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whose submissions skip the queue. Superusers set it; every change is in the audit log."""

    list_display = (
        *("__str__", "is_on", "min_published", "max_returned_percent", "days_without_takedown"),
        *("sample_percent", "covers_new_listings"),
    )
    fields = (
        *("is_on", "min_published", "max_returned_percent", "days_without_takedown"),
        *("sample_percent", "covers_new_listings"),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_moderator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and not TrustRule.objects.exists()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: TrustRule, form: Any, change: bool) -> None:
        obj.pk = 1
        before = TrustRule.objects.filter(pk=1).values(*form.fields).first() or {}
        super().save_model(request, obj, form, change)
        after = {name: form.cleaned_data[name] for name in form.fields}
        detail = {"before": before, "after": after}
        audit_record(actor=_moderator(request), action="trust_rule.changed", subject=obj, detail=detail)


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
    list_display = ("name", "slug", "provider", "modality", "release_name", "released_at", "position")
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
