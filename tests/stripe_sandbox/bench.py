"""How long the sandbox's answers take, empty and with many objects: `python -m tests.stripe_sandbox.bench`.

By hand, not in the test run: it prints milliseconds per call as a client sees them (the median and the 95th
percentile, the SDK's own work included), and what a round of calls costs the sandbox's process in CPU time,
which a busy machine does not change. `--objects` says how full the sandbox is made before the second round.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .process import SandboxProcess
from .shop import Shop, client_for

_LOOPS = 100
_OBJECTS_PER_PURCHASE = 17


class Bench:
    """One sandbox, measured call by call."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._sandbox = sandbox
        self._shop = Shop(client_for(sandbox.url))
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def _timed(self, name: str, call: Callable[..., Any], *args: Any) -> Any:
        started = time.perf_counter()
        answer = call(*args)
        self._seconds[name].append(time.perf_counter() - started)
        return answer

    def purchase(self) -> None:
        """One purchase, read back as the gateway reads it, with a refund of a part."""
        v1 = self._shop.client.v1
        session = self._timed("session create", self._shop.open_session)
        paid = self._timed("control pay", self._sandbox.pay, session.id, "4000000000000077")
        self._timed(
            "session retrieve, expanded",
            self._shop.session,
            session.id,
            "payment_intent.latest_charge.balance_transaction",
        )
        self._timed("refund create", v1.refunds.create, {"charge": paid["charge"], "amount": 100})
        self._timed("refunds list by intent", v1.refunds.list, {"payment_intent": paid["payment_intent"]})

    def reads(self, account: str) -> None:
        """What the sweepers and reconciliation ask."""
        v1 = self._shop.client.v1
        since = int(time.time()) - 600
        lists: Any = v1
        self._timed("events list", lists.events.list, {"limit": 100, "created": {"gte": since}})
        self._timed("events list by type", lists.events.list, {"limit": 100, "types": ["transfer.created"]})
        self._timed("events list undelivered", lists.events.list, {"limit": 100, "delivery_success": False})
        self._timed("movements list", lists.balance_transactions.list, {"limit": 100})
        self._timed("movements list by type", lists.balance_transactions.list, {"type": "transfer"})
        self._timed("balance", v1.balance.retrieve)
        send = {"amount": 1, "currency": "usd", "destination": account, "transfer_group": "bench"}
        sent = self._timed("transfer create", lists.transfers.create, send)
        self._timed("transfers list by group", lists.transfers.list, {"transfer_group": sent.id})
        self._timed("disputes list", lists.disputes.list, {"limit": 10})
        self._timed("control clock", self._sandbox.control, "clock", {"advance": 0})

    def cpu_seconds(self) -> float:
        """Return the CPU time that the sandbox's process has used."""
        fields = Path(f"/proc/{self._sandbox.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def report(self) -> None:
        """Print and forget what was measured."""
        for name, seconds in self._seconds.items():
            slowest = statistics.quantiles(seconds, n=20)[-1]
            print(f"  {name:32} {statistics.median(seconds) * 1000:8.2f} {slowest * 1000:8.2f}")
        self._seconds.clear()


def main() -> None:
    """Measure an empty sandbox, fill it, measure again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=20_000)
    wanted = parser.parse_args().objects
    with tempfile.TemporaryDirectory() as folder:
        sandbox = SandboxProcess(Path(folder) / "stripe.sqlite3").start()
        try:
            _measure(sandbox, wanted)
        finally:
            sandbox.stop()


def _measure(sandbox: SandboxProcess, wanted: int) -> None:
    bench = Bench(sandbox)
    account = _account(sandbox)
    print(f"  {'ms per call':32} {'median':>8} {'95 %':>8}")
    _round(bench, account, "empty")
    started = time.perf_counter()
    for _ in range(wanted // _OBJECTS_PER_PURCHASE):
        bench.purchase()
    bench.report()
    print(f"filled with about {wanted} objects in {time.perf_counter() - started:.1f} s")
    _round(bench, account, "full")
    started = time.perf_counter()
    sandbox.control("reset")
    print(f"reset: {(time.perf_counter() - started) * 1000:.1f} ms")


def _round(bench: Bench, account: str, name: str) -> None:
    print(name)
    for part, call in (("purchase with refund", bench.purchase), ("sweepers' questions", bench.reads)):
        started = bench.cpu_seconds()
        for _ in range(_LOOPS):
            call(*([account] if call == bench.reads else []))
        spent = bench.cpu_seconds() - started
        print(f"  {part + ', CPU of the sandbox':41} {spent / _LOOPS * 1000:8.2f}")
    bench.report()


def _account(sandbox: SandboxProcess) -> str:
    controller: Any = {"stripe_dashboard": {"type": "express"}, "fees": {"payer": "application"}}
    capabilities: Any = {"transfers": {"requested": True}}
    created = client_for(sandbox.url).v1.accounts.create(
        {"controller": controller, "capabilities": capabilities}
    )
    sandbox.control(f"accounts/{created.id}/onboard")
    return str(created.id)


if __name__ == "__main__":
    main()
