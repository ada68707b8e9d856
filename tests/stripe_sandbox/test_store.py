"""The store: no question may cost more because there are more objects, and an older file is taken over."""

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any, ClassVar

import pytest
from werkzeug.test import Client

from stripe_sandbox import schema
from stripe_sandbox.app import Application
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Store

from .process import SandboxProcess
from .shop import KEY, Shop, client_for

OLD_TABLES = """
CREATE TABLE objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT,
    created INTEGER NOT NULL, body TEXT NOT NULL, private TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX objects_by_charge ON objects (kind, json_extract(body, '$.charge'));
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, last_status INTEGER
);
CREATE INDEX deliveries_due ON deliveries (state, due);
"""


class Watched(sqlite3.Connection):
    """A connection that keeps the plan of every statement it is asked to execute."""

    plans: ClassVar[dict[str, list[str]]] = {}

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")) and sql not in self.plans:
            self.plans[sql] = [row[3] for row in super().execute(f"EXPLAIN QUERY PLAN {sql}", *args)]
        return super().execute(sql, *args)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What SQLite said it would do, by statement, for all stores that the test opens."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **more: connect(path, factory=Watched, **more))
    monkeypatch.setattr(Watched, "plans", {})
    return Watched.plans


class Caller:
    """The application without a process around it, asked as over HTTP."""

    def __init__(self, path: Path) -> None:
        self.sandbox = Sandbox.open(path)
        self._client = Client(Application(self.sandbox))

    def api(self, verb: str, path: str, **form: Any) -> Any:
        """Ask the API; the form is given flat."""
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": uuid.uuid4().hex}
        place = "query_string" if verb == "GET" else "data"
        more: Any = {place: form}
        answer = self._client.open(f"/v1/{path}", method=verb, headers=headers, **more)
        assert answer.status_code == 200, answer.text
        return answer.json

    def control(self, path: str, **body: Any) -> Any:
        """Use a control."""
        answer = self._client.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json


SESSION = {
    "mode": "payment",
    "success_url": "http://127.0.0.1:8000/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "5000",
    "line_items[0][price_data][product_data][name]": "A prompt",
    "payment_intent_data[transfer_group]": "order-1",
}


def a_busy_day(caller: Caller) -> None:
    """Ask for everything that the application, its tests and its sweepers ask for."""
    hook = {"url": "http://127.0.0.1:9/", "enabled_events[0]": "*"}
    caller.api("POST", "webhook_endpoints", **hook)
    account = caller.api("POST", "accounts", **_ACCOUNT)["id"]
    caller.control(f"accounts/{account}/onboard")
    session = caller.api("POST", "checkout/sessions", **SESSION)["id"]
    paid = caller.control(f"checkout/{session}/pay", card="4000000000000077")
    charge, intent = paid["charge"], paid["payment_intent"]
    caller.api("GET", f"checkout/sessions/{session}", **{"expand[0]": "payment_intent.latest_charge.refunds"})
    refund = caller.api("POST", "refunds", charge=charge, amount=100)["id"]
    caller.control(f"refunds/{refund}/fail")
    dispute = caller.control(f"charges/{charge}/dispute")["id"]
    caller.control(f"disputes/{dispute}/close", outcome="won")
    transfer = caller.api("POST", "transfers", amount=300, currency="usd", destination=account)["id"]
    caller.api("POST", f"transfers/{transfer}/reversals", amount=100)
    caller.control(f"accounts/{account}/payout")
    _lists(caller, charge=charge, intent=intent, transfer=transfer)
    caller.control("clock", advance=3600)
    caller.api("GET", "balance")
    caller.sandbox.deliveries.settle(0.01)
    for question in ("_due", "_pause"):
        getattr(caller.sandbox.deliveries, question)()


_ACCOUNT = {
    "controller[stripe_dashboard][type]": "express",
    "capabilities[transfers][requested]": "true",
}


def _lists(caller: Caller, *, charge: str, intent: str, transfer: str) -> None:
    bounds = {"created[gte]": 1, "created[lt]": 4_000_000_000}
    events = caller.api("GET", "events", limit=1)["data"][0]["id"]
    for path, form in [
        ("charges", {"payment_intent": intent}),
        ("refunds", {"payment_intent": intent}),
        ("refunds", {"charge": charge}),
        ("disputes", {"charge": charge}),
        ("disputes", {"payment_intent": intent}),
        ("checkout/sessions", {"payment_intent": intent}),
        ("checkout/sessions", {"status": "open"}),
        ("transfers", {"transfer_group": "payout-1"}),
        (f"transfers/{transfer}/reversals", {}),
        ("payouts", {"status": "paid"}),
        ("balance_transactions", bounds),
        ("balance_transactions", {"type": "transfer", "expand[0]": "data.source"}),
        ("balance_transactions", {"source": charge}),
        ("events", bounds | {"starting_after": events}),
        ("events", bounds | {"ending_before": events, "types[0]": "charge.updated", "types[1]": "payout.*"}),
        ("events", bounds | {"delivery_success": "false"}),
        ("events", {"delivery_success": "true", "type": "charge.*"}),
        ("accounts", {}),
    ]:
        caller.api("GET", path, **form)


def test_every_question_is_answered_by_an_index_and_in_its_order(
    plans: dict[str, list[str]], tmp_path: Path
) -> None:
    caller = Caller(tmp_path / "stripe.sqlite3")
    plans.clear()  # opening may look at everything
    a_busy_day(caller)
    caller.sandbox.store.close()

    slow = {sql: plan for sql, plan in plans.items() if any(_grows(step) for step in plan)}

    assert len(plans) > 30
    assert slow == {}


def _grows(step: str) -> bool:
    """Say whether a step looks at all rows there are; `balances` are few, being sums."""
    harmless = (
        "SCAN (",
        "SCAN CONSTANT",
        "SCAN balances",
        "SCAN deliveries USING INDEX deliveries_undelivered",
    )
    return step.startswith("SCAN") and not step.startswith(harmless)


def test_fields_without_an_index_cannot_be_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path / "stripe.sqlite3")

    with pytest.raises(ValueError, match="colour"):
        store.find("charge", {"colour": "red"})


def test_a_file_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "stripe.sqlite3"
    _write_old_file(path)
    process = SandboxProcess(path).start()
    try:
        shop = Shop(client_for(process.url))

        assert shop.client.v1.balance.retrieve().available[0].amount == 900
        assert shop.events() == []
    finally:
        process.stop()


def _write_old_file(path: Path) -> None:
    movement = {"object": "balance_transaction", "currency": "usd", "available_on": 1}
    objects = [
        ("txn_1", "balance_transaction", {**movement, "id": "txn_1", "net": 1000}),
        ("txn_2", "balance_transaction", {**movement, "id": "txn_2", "net": -100}),
        ("evt_1", "event", {"id": "evt_1", "object": "event", "account": "acct_1", "type": "payout.paid"}),
    ]
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD_TABLES)
        connection.executemany(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, strftime('%s', 'now'), ?)",
            [(object_id, kind, json.dumps(body)) for object_id, kind, body in objects],
        )
    connection.close()


def test_the_version_of_the_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "stripe.sqlite3"
    Store(path).close()

    with sqlite3.connect(path) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()

    assert version == schema.VERSION


@pytest.mark.parametrize("large", [False, True])
def test_a_reset_store_keeps_one_kind_and_gives_no_number_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    monkeypatch.setattr("stripe_sandbox.store._LARGE_PAGES", 0 if large else 4000)
    store = Store(tmp_path / "stripe.sqlite3")
    store.set_setting("clock_offset", 7)
    for kind in ("charge", "webhook_endpoint"):
        store.add({"id": kind, "object": kind, "created": 1}, private={"secret": kind})

    store.forget(but="webhook_endpoint")
    store.add({"id": "charge", "object": "charge", "created": 1})

    assert store.private("webhook_endpoint") == {"secret": "webhook_endpoint"}
    assert store.private("charge") == {}
    assert store.setting("clock_offset", 0) == 7
    place = store.place("charge", "charge")
    assert place is not None
    assert place[1] == 4
