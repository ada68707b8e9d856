"""`Idempotency-Key`: the same answer for the same request, an error for another one, 409 while one is in
flight.
"""

import hashlib
import json
from dataclasses import dataclass

from .errors import StripeError
from .jsontypes import Json
from .sandbox import Sandbox

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class SavedAnswer:
    """An answer to give again."""

    status: int
    body: Json


@dataclass(frozen=True)
class Key:
    """A key in the namespace of the account it was sent for, with what it was sent with."""

    value: str
    account: str
    fingerprint: str

    @classmethod
    def of(cls, value: str, *, account: str | None, verb: str, path: str, params: Json) -> "Key":
        """Build the key of a request; the fingerprint covers verb, path and typed parameters."""
        if len(value) > 255:
            raise StripeError("Idempotency keys can have up to 255 characters.", type="idempotency_error")
        content = json.dumps([verb, path, params], sort_keys=True)
        return cls(value, account or "", hashlib.sha256(content.encode()).hexdigest())


def begin(sandbox: Sandbox, key: Key) -> SavedAnswer | None:
    """Claim the key, or return the answer already given under it."""
    now = sandbox.clock.now()
    with sandbox.store.transaction() as connection:
        row = connection.execute(
            "SELECT * FROM idempotency WHERE key = ? AND account = ?", (key.value, key.account)
        ).fetchone()
        if row is None or row["created"] < now - KEPT_SECONDS:
            connection.execute(
                "INSERT OR REPLACE INTO idempotency (key, account, fingerprint, created) VALUES (?, ?, ?, ?)",
                (key.value, key.account, key.fingerprint, now),
            )
            return None
    if row["fingerprint"] != key.fingerprint:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with. "
            f"Try using a key other than '{key.value}' if you meant to execute a different request.",
            type="idempotency_error",
        )
    if row["status"] is None:
        raise StripeError(
            "There is currently another in-progress request using this Idempotent Key (that "
            "probably means you "
            f"submitted twice, and the other request is still going through): {key.value}. "
            "Please try again later.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    return SavedAnswer(row["status"], json.loads(row["response"]))


def finish(sandbox: Sandbox, key: Key, answer: SavedAnswer) -> None:
    """Keep the answer; call it in the transaction of the effect, so that neither stands without the other."""
    with sandbox.store.transaction() as connection:
        connection.execute(
            "UPDATE idempotency SET status = ?, response = ? WHERE key = ? AND account = ?",
            (answer.status, json.dumps(answer.body), key.value, key.account),
        )


def release(sandbox: Sandbox, key: Key) -> None:
    """Forget a claim whose request never began (a validation failure)."""
    with sandbox.store.transaction() as connection:
        connection.execute(
            "DELETE FROM idempotency WHERE key = ? AND account = ? AND status IS NULL",
            (key.value, key.account),
        )
