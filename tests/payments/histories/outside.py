"""Stripe's double, used as those use it who are not us: buyers, banks, staff at its dashboard, fate."""

from functools import cached_property
from typing import Any

import requests

Json = dict[str, Any]


# More than faults can be waiting for one kind of request.
TRIES = 100


class Refused(Exception):
    """The double said no, or failed as it was ordered to: whoever pressed may look what came of it."""


class Outside:
    """One sandbox by its URL. Faults that were ordered for our code meet these calls as well."""

    def __init__(self, url: str, secret_key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {secret_key}"}

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # looking for proxies took a tenth of the time
        return session

    # --- What only a sandbox can do ----------------------------------------------------------------

    def press(self, path: str, body: Json | None = None) -> Json:
        """POST to a control; Refused for a 4xx."""
        return self._answer(self._session.post(f"{self._url}/_sandbox/{path}", json=body or {}, timeout=30))

    def reset(self) -> None:
        self.press("reset", {"endpoints": True})

    def clock_set(self, offset_seconds: int) -> None:
        self.press("clock", {"offset_seconds": offset_seconds})

    def clock_stand(self, epoch_seconds: int) -> None:
        """The machine's clock, which the offset adds to, stands there."""
        self.press("clock", {"stands_at": epoch_seconds})

    def faults_clear(self) -> None:
        self._session.delete(f"{self._url}/_sandbox/faults", timeout=30).raise_for_status()

    def pay(self, session_id: str, **how: Any) -> bool:
        """Fill in the payment page; False when it is closed or the bank declines."""
        try:
            self.press(f"checkout/{session_id}/pay", how)
        except Refused:
            return False
        return True

    # --- Stripe's API, as its dashboard uses it ------------------------------------------------------

    def post(self, path: str, **fields: Any) -> Json:
        url = f"{self._url}/v1/{path}"
        try:
            return self._answer(self._session.post(url, data=fields, headers=self._headers, timeout=30))
        except requests.RequestException as error:
            raise Refused(str(error)) from error

    def get(self, path: str, account: str | None = None, **query: Any) -> Json:
        headers = self._headers | ({"Stripe-Account": account} if account else {})
        for _ in range(TRIES):
            try:
                answer = self._session.get(
                    f"{self._url}/v1/{path}", params=query, headers=headers, timeout=30
                )
                return self._answer(answer)
            except requests.RequestException as error:
                met = error
        raise met

    def everything(self, path: str, account: str | None = None, **query: Any) -> list[Json]:
        """All of a list, oldest first."""
        found: list[Json] = []
        while True:
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = self.get(path, account, limit=100, **after, **query)
            found += page["data"]
            if not page["has_more"]:
                return found[::-1]

    def newer(self, path: str, than: str | None) -> list[Json]:
        """What came to a list after the object `than`, oldest first."""
        if than is None:
            return self.everything(path)
        found: list[Json] = []
        while True:
            page = self.get(path, limit=100, ending_before=found[-1]["id"] if found else than)
            found += page["data"][::-1]
            if not page["has_more"]:
                return found

    def balance(self, account: str | None = None) -> int:
        """Available and pending, in cents."""
        answer = self.get("balance", account)
        return sum(part["amount"] for part in (*answer["available"], *answer["pending"]))

    @staticmethod
    def _answer(answer: requests.Response) -> Json:
        if 400 <= answer.status_code < 500:
            raise Refused(answer.text)
        answer.raise_for_status()
        found: Json = answer.json()
        return found
