"""What is on a person's page, and how much of it is new."""

from dataclasses import dataclass
from typing import cast

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.models import User
from marketplace.notifying.models import Notification
from payments.services.carts import cart_lines

# More than that many are shown as "99+": nobody's bell counts a hundred thousand rows.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class HeadCounts:
    """The figures in the head of a page."""

    cart: int = 0
    unread: int = 0


def head_counts(user: User) -> HeadCounts:
    """Both in one statement, because every page asks."""
    lines = cart_lines(user).order_by().values("user").annotate(count=Count("pk")).values("count")
    unread = RawSQL(
        "(SELECT count(*) FROM (SELECT 1 FROM marketplace_notification"
        " WHERE user_id = %s AND in_app AND read_at IS NULL LIMIT %s) AS few)",
        [user.pk, MOST_COUNTED],
        output_field=IntegerField(),
    )
    cart, new = (
        User.objects.filter(pk=user.pk)
        .annotate(cart=Coalesce(Subquery(lines), 0), unread=unread)
        .values_list("cart", "unread")
        .get()
    )
    return HeadCounts(cart=cast(int, cart), unread=cast(int, new))


def notifications_of(user: User) -> QuerySet[Notification]:
    """The user's page, newest first."""
    return Notification.objects.filter(user=user, in_app=True).order_by("-created_at", "-pk")
