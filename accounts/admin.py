"""People, storefronts, tokens and the audit log for staff. No password or token secret can be read or set."""

from allauth.idp.oidc.models import Client, Token
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import ApiToken, AuditEntry, SellerProfile, User
from common.read_only_admin import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("display_name", "email", "handle", "is_active", "is_staff", "joined_at")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email", "display_name", "handle")
    fields = (
        "display_name",
        "email",
        "handle",
        "language",
        "is_active",
        "is_staff",
        "groups",
        "joined_at",
        "last_login",
    )
    readonly_fields = ("email", "joined_at", "last_login")
    filter_horizontal = ("groups",)
    ordering = ("-joined_at",)
    date_hierarchy = "joined_at"

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser hands out rights: a moderator must not be able to widen their own."""
        rights = () if request.user.is_superuser else ("is_staff", "groups")
        return (*self.readonly_fields, *rights)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(SellerProfile)
class SellerProfileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "handle", "user", "is_trusted", "created_at")
    list_filter = ("is_trusted",)
    list_select_related = ("user",)
    search_fields = ("name", "handle", "user__email")
    fields = ("user", "handle", "name", "bio", "is_trusted", "created_at")
    readonly_fields = ("user", "handle", "created_at")
    ordering = ("-created_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SellerProfile | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "user", "scopes", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email")
    fields = ("user", "name", "prefix", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
    ordering = ("-created_at",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "actor", "action", "subject_type", "subject_id")
    list_filter = ("action", "subject_type")
    list_select_related = ("actor",)
    search_fields = ("subject_id", "actor__email")
    fields = ("created_at", "actor", "action", "subject_type", "subject_id", "detail")
    date_hierarchy = "created_at"


# allauth's own would let a superuser write a token by hand, or an app that asks nobody.
admin.site.unregister([Client, Token])
