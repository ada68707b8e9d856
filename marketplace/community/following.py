"""Following sellers, models and tags."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common.errors import Conflict, NotFound
from common.inserting import insert_once
from listings.models import Tag, TargetModel
from marketplace.community.models import Follow

MAX_FOLLOWS = 500


@dataclass(frozen=True, slots=True)
class Target:
    """What is followed: `kind` is the column of Follow, `name` its handle or slug."""

    kind: str
    name: str
    row: SellerProfile | TargetModel | Tag

    @property
    def url(self) -> str:
        return f"/tags/{self.name}/" if isinstance(self.row, Tag) else self.row.get_absolute_url()


def target_get(kind: str, name: str) -> Target:
    """The seller, model or tag of that name. Raises NotFound."""
    rows: dict[str, Any] = {
        "seller": SellerProfile.objects.filter(handle=name),
        "model": TargetModel.objects.filter(slug=name),
        "tag": Tag.objects.filter(slug=name),
    }
    row = rows[kind].first() if kind in rows else None
    if row is None:
        raise NotFound(_("There is nothing of this name to follow."), code="target_not_found")
    return Target(kind, name, row)


@transaction.atomic
def follow_add(*, user: User, target: Target) -> None:
    """Hear of what is new there; once is enough. A seller's count follows. Raises Conflict."""
    if isinstance(target.row, SellerProfile) and target.row.user_id == user.pk:
        raise Conflict(_("This is your own storefront."), code="own_storefront")
    if Follow.objects.filter(user=user).count() >= MAX_FOLLOWS:
        raise Conflict(_("You follow as much as there is room for."), code="follows_full")
    if insert_once(Follow(user=user, **{target.kind: target.row})):
        _count_move(target, 1)


@transaction.atomic
def follow_remove(*, user: User, target: Target) -> None:
    """Nothing happens if it was not followed."""
    if Follow.objects.filter(user=user, **{target.kind: target.row}).delete()[0]:
        _count_move(target, -1)


def _count_move(target: Target, by: int) -> None:
    if isinstance(target.row, SellerProfile):
        SellerProfile.objects.filter(pk=target.row.pk).update(followers_count=F("followers_count") + by)
