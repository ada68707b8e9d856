"""Controls of the clock and of what goes wrong on purpose."""

from dataclasses import asdict

from ..faults import ENDLESS, KINDS, MOMENTS, Fault
from ..jsontypes import Json
from ..resources.balance import recount_balances
from ..sandbox import Sandbox
from ..timers import run_due
from .dispatch import Answer, ControlError, choice, number, only, register

_FAULT_FIELDS = (
    "method",
    "path",
    "kind",
    "when",
    "status",
    "seconds",
    "times",
    "code",
    "probability",
    "seed",
)


@register("GET", "health")
def health(sandbox: Sandbox, body: Json) -> Answer:
    """Say that the sandbox serves."""
    return 200, {"status": "ok", "url": sandbox.base_url, "now": sandbox.clock.now()}


@register("GET", "clock")
def read_clock(sandbox: Sandbox, body: Json) -> Answer:
    """Answer the sandbox's time."""
    return 200, {"now": sandbox.clock.now(), "offset_seconds": sandbox.clock.offset}


@register("POST", "clock")
def set_clock(sandbox: Sandbox, body: Json) -> Answer:
    """Move the clock: `offset_seconds` from the machine's time, or `advance` from where it is. With
    `stands_at` (seconds since the epoch) the machine's time stands there until the reset.

    What falls due (sessions to expire, bank debits to settle) happens before the answer.
    """
    if len(body.keys() & {"offset_seconds", "advance", "stands_at"}) != 1:
        raise ControlError("Give one of offset_seconds, advance and stands_at.")
    before = sandbox.clock.now()
    if "stands_at" in body:
        sandbox.clock.stand_at(int(number(body, "stands_at", 0)))
    elif "advance" in body:
        sandbox.clock.set_offset(sandbox.clock.offset + int(number(body, "advance", 0)))
    else:
        sandbox.clock.set_offset(int(number(body, "offset_seconds", 0)))
    if sandbox.clock.now() < before:
        recount_balances(sandbox)
    happened = run_due(sandbox)
    return 200, {"now": sandbox.clock.now(), "offset_seconds": sandbox.clock.offset, "happened": happened}


@register("POST", "faults")
def add_fault(sandbox: Sandbox, body: Json) -> Answer:
    """Order a failure of the next matching API requests.

    `method` and `path` (`*` matches anything), `kind` (`error`, `reset`, `timeout`: silence for `seconds`,
    then a reset; `delay`: a late but good answer), `when` (`before`, `during`, `after` the effect), `status`,
    `seconds`, `times`. With `probability` and `seed` each of them fails or not, until cleared.
    """
    only(body, *_FAULT_FIELDS)
    kind = choice(body, "kind", "error", KINDS)
    probability = number(body, "probability", 1, least=0)
    fault = Fault(
        verb=str(body.get("method", "*")).upper(),
        path=str(body.get("path", "*")),
        kind=kind,
        moment=choice(body, "when", "before", MOMENTS),
        status=int(number(body, "status", 500, least=400)),
        seconds=number(body, "seconds", 30 if kind == "timeout" else 0, least=0),
        times=int(number(body, "times", 1 if probability >= 1 else ENDLESS, least=1)),
        code=str(body.get("code", "sandbox_fault")),
        probability=probability,
        seed=int(number(body, "seed", 0)),
    )
    sandbox.faults.add(fault)
    return 200, {"added": asdict(fault)}


@register("DELETE", "faults")
def clear_faults(sandbox: Sandbox, body: Json) -> Answer:
    """Forget all orders."""
    sandbox.faults.clear()
    return 200, {"cleared": True}


@register("POST", "reset")
def reset(sandbox: Sandbox, body: Json) -> Answer:
    """Forget all objects, keys, faults and how the clock was set; webhook endpoints only with `endpoints`.

    Whether events are delivered stays as it was set.
    """
    sandbox.store.forget(but="" if body.get("endpoints") else "webhook_endpoint")
    sandbox.clock.set_offset(0)
    sandbox.clock.stand_at(None)
    sandbox.faults.clear()
    sandbox.deliveries.configure(mode=sandbox.deliveries.mode, order="fifo", delay_seconds=0)
    return 200, {"reset": True}
