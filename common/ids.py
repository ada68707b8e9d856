"""Identifiers that appear in URLs and mails."""

import secrets
import time
import uuid

# Crockford's base 32: no I, L, O or U, so that a number read aloud is not misheard.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> uuid.UUID:
    """A UUID that sorts by time (RFC 9562, version 7): unguessable, and kind to B-tree indexes."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def is_uuid(value: object) -> bool:
    """Whether a text from outside can be looked up as a UUID."""
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True


def order_number() -> str:
    """A number for people, such as PF-7K3M9-QX2TB. Uniqueness is the database's to keep."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"PF-{letters[:5]}-{letters[5:]}"
