"""The one error of this package."""


class EmbeddedError(Exception):
    """The embedded servers cannot serve; the text says what to do about it."""
