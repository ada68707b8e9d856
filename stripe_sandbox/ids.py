"""Identifiers that look like Stripe's, so that code which sorts or trims them meets the real lengths."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
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
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))
