"""Identifiers that look like Stripe's, so that code which sorts or trims them meets the real lengths."""

import os
import string

_ALPHABET = (string.ascii_letters + string.digits).encode()
_LETTER_OF_BYTE = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_LENGTHS = {
    "cs_test_": 58,
    "pi_": 24,
    "ch_": 24,
    "re_": 24,
    "evt_": 24,
    "acct_": 16,
    "whsec_": 32,
    "req_": 14,
}


def new_id(prefix: str) -> str:
    """Return a fresh identifier; `prefix` includes its underscore (`pi_`)."""
    length = _LENGTHS.get(prefix, 24)
    return prefix + os.urandom(length).translate(_LETTER_OF_BYTE).decode()
