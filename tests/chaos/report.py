"""The figures of a run: the table that is printed, and the JSON that is kept."""

import dataclasses
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.chaos.buyers import Story
from tests.chaos.facts import OurFacts, StripeFacts
from tests.chaos.verdict import PAID, Verdict, kept

FINDINGS_SHOWN = 20


def figures(stripe: StripeFacts, ours: OurFacts, stories: Sequence[Story]) -> dict[str, Any]:
    """Counts of both sides. Amounts in cents."""
    orders = [order for order in ours.orders.values() if order["status"] in PAID]
    return {
        "purchases wanted": len(stories),
        "purchases paid": sum(bool(story.paid_at) for story in stories),
        "payments at Stripe": len(stripe.charges),
        "of these second ones, given back": sum(not kept(charge) for charge in stripe.charges)
        - sum(story.asked_refund for story in stories),
        "orders paid": len(orders),
        "entitlements": len(ours.entitlements),
        "deliveries finished": sum(row["is_finished"] for row in ours.deliveries.values()),
        "receipts, by Message-ID": len(ours.receipts),
        "receipts sent again, same Message-ID": ours.receipts.total() - len(ours.receipts),
        "refunds asked by buyers": sum(story.asked_refund for story in stories),
        "refunds at Stripe": len(stripe.refunds),
        "cards declined first": sum(story.declined for story in stories),
        "events of Stripe": sum(ours.tries.values()),
        "events handled at the first try": ours.tries.get(1, 0),
        "tries at most for one event": max(ours.tries, default=0),
        "journals": len(ours.journals),
        "journals off zero": sum(bool(row["total"]) for row in ours.journals),
        "stripe_clearing, cents": ours.accounts.get("stripe_clearing", 0),
        "Stripe's balance, cents": stripe.balance,
        "waiting rows left": ours.waiting.total(),
    }


def delivery_times(
    ours: OurFacts, stories: Sequence[Story], was_anything_down: Callable[[float], bool]
) -> dict[str, dict[str, float]]:
    """Seconds from Stripe's yes, as the buyer saw it, to access and to the receipt."""
    orders = {order["session"]: order["id"] for order in ours.orders.values()}
    granted = {row["order_id"]: row["granted_at"] for row in ours.entitlements}
    to_access: dict[str, list[float]] = {"access": [], "access, all up": [], "access, something down": []}
    to_receipt = []
    for story in stories:
        for session, paid_at in story.paid_at.items():
            order_id = orders.get(session, "")
            if order_id not in granted:
                continue
            seconds = max(0.0, granted[order_id] - paid_at)
            to_access["access"].append(seconds)
            state = "something down" if was_anything_down(paid_at) else "all up"
            to_access[f"access, {state}"].append(seconds)
            if receipt_at := ours.deliveries[order_id]["receipt_sent_at"]:
                to_receipt.append(max(0.0, receipt_at - paid_at))
    return {name: _spread(times) for name, times in {**to_access, "receipt": to_receipt}.items()}


def table(run: dict[str, Any], verdict: Verdict) -> str:
    lines = ["", *(f"{name:40}{count:>10,}" for name, count in run["figures"].items()), ""]
    lines.append(f"{'seconds from paying to':40}{'count':>10}{'median':>10}{'p95':>10}{'worst':>10}")
    for name, spread in run["seconds_to"].items():
        lines.append(
            f"{name:40}{spread['count']:>10}{spread['median']:>10}{spread['p95']:>10}{spread['worst']:>10}"
        )
    lines += ["", *_counted("killed with SIGKILL", run["kills"]), ""]
    if run["falls"]:
        lines += [*_counted("ended by themselves, started again", run["falls"]), ""]
    lines += [*_counted("errors that buyers saw, and tried again", run["errors"]), ""]
    if run["alarms"]:
        lines += [*_counted("alarms raised", run["alarms"]), ""]
    if run["troubles"]:
        lines += [*_counted("buyers who went away", run["troubles"]), ""]
    lines.append(
        f"something was dead or on its way back for {run['seconds_down']:.0f} s while parts were killed for "
        f"{run['seconds']:.0f} s; settled {run['seconds_to_settle']:.0f} s after the last buyer left"
    )
    lines.append(", ".join(f"{name}={value}" for name, value in run["durability"].items()))
    for name, findings in dataclasses.asdict(verdict).items():
        lines += ["", f"{name.upper():40}{len(findings):>10}"]
        lines += [f"  {finding}" for finding in findings[:FINDINGS_SHOWN]]
    return "\n".join([*lines, ""])


def troubles(stories: Sequence[Story]) -> dict[str, int]:
    return dict(Counter(story.trouble for story in stories if story.trouble).most_common())


def keep(folder: Path, run: dict[str, Any], verdict: Verdict) -> Path:
    file = folder / time.strftime("%Y%m%d-%H%M%S.json")
    file.write_text(json.dumps({**run, "verdict": dataclasses.asdict(verdict)}, indent=2))
    return file


def _counted(title: str, counts: dict[str, int]) -> list[str]:
    return [f"{title:40}{sum(counts.values()):>10,}", *(f"  {n:38}{c:>10,}" for n, c in counts.items())]


def _spread(times: list[float]) -> dict[str, float]:
    if not times:
        return {"count": 0, "median": 0, "p95": 0, "worst": 0}
    ordered = sorted(times)
    return {
        "count": len(ordered),
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2) if len(ordered) > 1 else round(ordered[0], 2),
        "worst": round(ordered[-1], 2),
    }
