"""Which database reads that may lag a little are sent to."""


def reading_alias() -> str:
    return "default"
