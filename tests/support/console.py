"""What a browser's console may say without a test failing for it."""

from typing import Any


def is_problem(message: Any) -> bool:
    """What the console says, but for htmx's word that a newer request has taken an older one's place."""
    return message.type in {"error", "warning"} and not message.text.startswith(
        ("htmx:afterRequest", "htmx:sendAbort")
    )
