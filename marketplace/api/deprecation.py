"""How a part of the API ends: announced in every answer, a year before (docs/api.md)."""

import datetime
from dataclasses import dataclass

from django.utils.http import http_date

SHORTEST_NOTICE = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Deprecation:
    """An operation that goes: from `since` new programs should not use it, at `sunset` it is gone."""

    since: datetime.datetime
    sunset: datetime.datetime
    instead: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < SHORTEST_NOTICE:
            raise ValueError("Programs get a year at least.")

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9745 and RFC 8594; `instead` is the address of the page that says what to do."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": http_date(self.sunset.timestamp()),
            "Link": f'<{self.instead}>; rel="deprecation"; type="text/html"',
        }
