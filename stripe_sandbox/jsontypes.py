"""The one type that everything here passes around: a decoded JSON object."""

from typing import Any

Json = dict[str, Any]
