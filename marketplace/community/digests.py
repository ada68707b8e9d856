"""The digest: what is new from whom and what somebody follows, once a day or once a week.

A period is told once it is over, from six in the morning (UTC) on, and once per person: the notification's
source names rhythm and period. Nobody hears that there is nothing new.
"""

import datetime

from accounts.models import DigestRhythm, NoticeKind, User
from accounts.notices import wishes_for
from common import clock
from marketplace.community.followed import new_listings
from marketplace.community.models import Follow
from marketplace.notifying import spreading
from marketplace.notifying.services import News, people_notify

BEGINS_AT = datetime.timedelta(hours=6)
BATCH = 100
# As many prompts as one digest speaks of; its mail shows the first ten.
MOST = 50
SHOWN = 10
NAMED = 3


def digests_begin() -> None:
    """Begin what is due: yesterday's, and last week's. Done before, it changes nothing."""
    today = (clock.now() - BEGINS_AT).date()
    monday = today - datetime.timedelta(days=today.weekday())
    spreading.spread_begin(key=f"digest:{DigestRhythm.DAILY}:{today - datetime.timedelta(days=1)}")
    spreading.spread_begin(key=f"digest:{DigestRhythm.WEEKLY}:{monday - datetime.timedelta(days=7)}")


@spreading.tells("digest")
def followers_tell(period: str, after: int) -> int | None:
    """The next people who follow something and want it at this rhythm."""
    rhythm, _colon, first_day = period.partition(":")
    since = datetime.datetime.combine(
        datetime.date.fromisoformat(first_day), datetime.time(), tzinfo=datetime.UTC
    )
    until = since + datetime.timedelta(days=1 if rhythm == DigestRhythm.DAILY else 7)
    following = Follow.objects.filter(user__gt=after, user__is_active=True).order_by("user")
    user_ids = list(following.values_list("user", flat=True).distinct()[:BATCH])
    if not user_ids:
        return None
    wishes = wishes_for(NoticeKind.DIGEST, user_ids)
    news = []
    for user in User.objects.filter(pk__in=user_ids).order_by("pk"):
        wish = wishes[user.pk]
        if wish.rhythm == rhythm and (wish.in_app or wish.by_mail):
            found = list(new_listings(user, since=since, until=until).values_list("pk", "title")[:MOST])
            news += [_digest(user, found)] if found else []
    people_notify(kind=NoticeKind.DIGEST, source=period, news=news)
    return user_ids[-1]


def _digest(user: User, found: list[tuple[int, str]]) -> News:
    facts = {
        "count": len(found),
        "listings": [pk for pk, _title in found[:SHOWN]],
        "note": " · ".join(title for _pk, title in found[:NAMED]),
    }
    return News(user.pk, "digest", "/following/", facts)
