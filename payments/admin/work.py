"""Rows of work in the admin: which of them do not get done, and another try at once."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import ModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.errors import DomainError
from payments.gateway import GatewayRefused
from payments.services.work import DEAD_AFTER_ATTEMPTS, Work, work_of

# Each try may wait for Stripe or a mail server, and a person waits for all of them.
TRIED_AT_ONCE = 10


class DeadLetterFilter(admin.SimpleListFilter):
    """Tried so often that a person should look; they are still tried every hour."""

    title = _("dead letters")
    parameter_name = "dead"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Dead letters"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(work_of(queryset.model).waiting, attempts__gte=DEAD_AFTER_ATTEMPTS)


class WorkAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Adds the filter and the action to the admin of a kind of work; put it before the other base."""

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [DeadLetterFilter, *super().get_list_filter(request)]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if self.has_try_permission(request) and (action := self.get_action("try_again_now")):
            actions["try_again_now"] = action
        return actions

    def has_try_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    @admin.action(description=_("Try again now"))
    def try_again_now(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Make all chosen rows due, and try the first of them here; the sweeper takes the others."""
        work = work_of(self.model)
        rows = self.model._default_manager.filter(work.waiting, pk__in=queryset.values("pk"))
        chosen = list(rows.order_by("pk"))
        rows.update(next_attempt_at=timezone.now())
        for row in chosen[:TRIED_AT_ONCE]:
            self._try(request, work, row)
        if left := len(chosen[TRIED_AT_ONCE:]):
            text = ngettext(
                "%(count)d more will be tried within a minute.",
                "%(count)d more will be tried within a minute.",
                left,
            )
            self.message_user(request, text % {"count": left})

    def _try(self, request: HttpRequest, work: Work, row: Model) -> None:
        try:
            work.attempt(row.pk)
        except (DomainError, GatewayRefused) as error:
            self.message_user(request, f"{row}: {error}", messages.ERROR)
            return
        if work.model._default_manager.filter(work.waiting, pk=row.pk).exists():
            text, level = _("%(row)s: it failed again; see its last error."), messages.ERROR
        else:
            text, level = _("%(row)s: done."), messages.SUCCESS
        self.message_user(request, text % {"row": row}, level)
