"""The two doors of the shop, page and API, and Stripe's payment page, as buyers use them."""

import re
import time
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

import requests

from marketplace.demo.programs import STRIPE_SECRET_KEY
from tests.chaos.patience import TIMEOUT, GaveUp, Patience, Refused
from tests.chaos.plan import Person

SESSION_ID = re.compile(r"cs_test_\w+")
# A request that a killed web server had begun holds its key for minutes; nobody waits that long.
TRIES_WITH_ONE_KEY = 12


class Door(Protocol):
    """`order` gives the id of the payment page's session, or None where the listing is owned already."""

    def order(self, slug: str) -> str | None: ...

    def come_back(self, session_id: str, order_id: str) -> bool:
        """Whether the shop shows the order as paid."""
        ...

    def read(self) -> None: ...

    def another_wish(self) -> None: ...

    def refund(self, order_id: str) -> None: ...


class PageDoor:
    """A browser tab: cookies, forms, CSRF tokens."""

    def __init__(self, site: str, cookies: dict[str, str], patience: Patience) -> None:
        self.site = site
        self.cookies = cookies
        self.patience = patience
        self._text_path = ""

    def order(self, slug: str) -> str | None:
        response = self._post("/checkout/", {"listing": slug})
        if response.status_code == 303 and (found := SESSION_ID.search(response.headers["Location"])):
            return found[0]
        if response.status_code == 409 and "You own this prompt already" in response.text:
            return None
        raise Refused(f"POST /checkout/ answered {response.status_code}")

    def come_back(self, session_id: str, order_id: str) -> bool:
        response = self._get(f"/checkout/return/?session_id={session_id}")
        if response.status_code != 303 or "/library/" not in response.headers["Location"]:
            return False
        self._text_path = response.headers["Location"]
        return True

    def read(self) -> None:
        """Where the return page leads: the text, after which no refund is given without a person."""
        if (status := self._get(self._text_path).status_code) != 200:
            raise Refused(f"The text that was bought answered {status}")

    def another_wish(self) -> None:
        """A form knows no keys."""

    def cancel(self, order_id: str) -> None:
        self._post(f"/account/orders/{order_id}/cancel/", {})

    def refund(self, order_id: str) -> None:
        """Ask once; an answer that was lost shows in that nothing is offered any more."""
        page = f"/account/orders/{order_id}/refund/"
        was_asked = False

        def is_done() -> bool:
            nonlocal was_asked
            if self._get(page).status_code != 200:
                return was_asked
            was_asked = True
            return self._post(page, {"note": "Chaos"}).status_code == 303

        self.patience.until(is_done, "the refund is not offered")

    def _get(self, path: str) -> requests.Response:
        return self.patience.ask(
            lambda: requests.get(
                f"{self.site}{path}", cookies=self.cookies, allow_redirects=False, timeout=TIMEOUT
            )
        )

    def _post(self, path: str, fields: dict[str, str]) -> requests.Response:
        def send() -> requests.Response:
            form = {**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
            return requests.post(
                f"{self.site}{path}", form, cookies=self.cookies, allow_redirects=False, timeout=TIMEOUT
            )

        return self.patience.ask(send)


class ApiDoor:
    """A program with a token. Each wish has its Idempotency-Key, as the documentation asks."""

    def __init__(self, site: str, token: str, patience: Patience) -> None:
        self.site = site
        self.patience = patience
        self.headers = {"Authorization": f"Bearer {token}"}
        self._key = ""

    def order(self, slug: str) -> str | None:
        """Two clicks share the key of one wish."""
        self._key = self._key or str(uuid.uuid4())
        response = self._post_once("/api/v1/orders/", {"items": [{"listing": slug}]}, self._key)
        if response.status_code == 201 and response.json()["checkout_url"]:
            found = SESSION_ID.search(response.json()["checkout_url"])
            return found[0] if found else None
        if response.status_code == 409 and response.json()["code"] == "already_owned":
            return None
        raise Refused(f"POST orders/ answered {response.status_code}: {response.text[:200]}")

    def another_wish(self) -> None:
        self._key = ""

    def come_back(self, session_id: str, order_id: str) -> bool:
        response = self.patience.ask(
            lambda: requests.get(
                f"{self.site}/api/v1/orders/{order_id}/", headers=self.headers, timeout=TIMEOUT
            )
        )
        return bool(response.json().get("paid_at"))

    def read(self) -> None:
        """A program keeps to what its token allows: orders."""

    def refund(self, order_id: str) -> None:
        path = f"/api/v1/orders/{order_id}/refunds/"
        response = self._post_once(path, {"reason": "Chaos"}, str(uuid.uuid4()))
        if response.status_code != 201 and response.json()["code"] != "not_refundable":
            raise Refused(f"POST refunds/ answered {response.status_code}: {response.text[:200]}")

    def _post_once(self, path: str, body: dict[str, Any], key: str) -> requests.Response:
        """One key until it is answered; a new one when the old is held by a dead process."""
        tries = 0
        for pause in self.patience.pauses():
            response = self.patience.ask(lambda key=key: self._post(path, body, key))
            if response.status_code != 409 or response.json()["code"] != "idempotency_key_in_use":
                return response
            self.patience.errors.note("409 idempotency_key_in_use")
            tries += 1
            if tries == TRIES_WITH_ONE_KEY:
                self.patience.errors.note("an Idempotency-Key given up")
                tries, key = 0, str(uuid.uuid4())
            time.sleep(pause)
        raise GaveUp(f"{path}: the Idempotency-Key stays in use")

    def _post(self, path: str, body: dict[str, Any], key: str) -> requests.Response:
        headers = self.headers | {"Idempotency-Key": key}
        return requests.post(f"{self.site}{path}", json=body, headers=headers, timeout=TIMEOUT)


def log_in(site: str, person: Person, patience: Patience) -> dict[str, str]:
    """By the form; the cookies that keep a person logged in."""
    page = f"{site}/accounts/login/"
    session = requests.Session()
    patience.ask(lambda: session.get(page, timeout=TIMEOUT))
    form = {
        "login": person.email,
        "password": person.password,
        "csrfmiddlewaretoken": session.cookies["csrftoken"],
    }
    response = patience.ask(lambda: session.post(page, form, allow_redirects=False, timeout=TIMEOUT))
    if response.status_code != 302:
        raise Refused(f"{page} answered {response.status_code}")
    return session.cookies.get_dict()


@dataclass(frozen=True)
class PaymentPage:
    """Stripe's page, filled through the double's control. It is never killed: Stripe is not ours."""

    stripe: str
    patience: Patience

    def pay(self, session_id: str, card: str) -> str:
        """`paid`, `declined` or `closed`."""
        body = {"card": card, "three_d_secure": "complete"}
        response = self.patience.ask(
            lambda: requests.post(
                f"{self.stripe}/_sandbox/checkout/{session_id}/pay", json=body, timeout=TIMEOUT
            )
        )
        outcomes = {200: "paid", 402: "declined", 409: "closed"}
        if response.status_code not in outcomes:
            raise Refused(f"The payment page answered {response.status_code}: {response.text[:200]}")
        return outcomes[response.status_code]

    def order_id(self, session_id: str) -> str:
        """The order's id, which the page's link back to the shop holds."""
        response = self.patience.ask(
            lambda: requests.get(
                f"{self.stripe}/v1/checkout/sessions/{session_id}",
                headers={"Authorization": f"Bearer {STRIPE_SECRET_KEY}"},
                timeout=TIMEOUT,
            )
        )
        return str(response.json()["client_reference_id"])
