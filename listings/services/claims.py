"""Soft claims: two moderators do not read the same submission unless they insist, and none stays blocked."""

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict
from common.inserting import insert_once
from listings.models import PromptVersion, ReviewClaim

CLAIM_LASTS = datetime.timedelta(minutes=10)


@transaction.atomic
def claim_take(*, version: PromptVersion, moderator: User) -> bool:
    """Claim a submission, or renew the claim; false where another moderator has it. Locks the claim's row."""
    now = clock.now()
    free = Q(moderator=moderator) | Q(expires_at__lte=now)
    expires_at = now + CLAIM_LASTS
    if ReviewClaim.objects.filter(free, version=version).update(moderator=moderator, expires_at=expires_at):
        return True
    return insert_once(ReviewClaim(version=version, moderator=moderator, expires_at=expires_at))


def claim_release(*, version: PromptVersion, moderator: User) -> None:
    """Give a claim back; nothing happens to another moderator's."""
    ReviewClaim.objects.filter(version=version, moderator=moderator).delete()


def claim_refuse_others(*, version: PromptVersion, moderator: User) -> None:
    """Raises Conflict `claimed` while another moderator has the submission."""
    others = ReviewClaim.objects.filter(version=version, expires_at__gt=clock.now())
    if others.exclude(moderator=moderator).exists():
        raise Conflict(_("Another moderator is reading this one now."), code="claimed")
