"""Check what the sandbox recorded of a whole test session (`--record PATH`), whoever talked to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .contract import Contract

_SHOWN = 20


def check_recording(path: Path, *, refusals_allowed: bool = False, start: int = 0) -> list[str]:
    """Return the problems of every recorded request, answer and event, each with the line it stands on.

    A request that the contract refuses is a problem, always when the sandbox took it. With
    `refusals_allowed`, for suites that send nonsense on purpose, it is none if the sandbox refused it too.
    `start` is the byte to begin at, for a check of what one test added.
    """
    contract = Contract.installed()
    problems: list[str] = []
    for number, line in _lines(path, start):
        found = _line_problems(contract, line, refusals_allowed=refusals_allowed)
        problems += [f"{path.name}:{number} {problem}" for problem in found]
    return problems


def report(problems: list[str]) -> str:
    """Return the first problems as text for an assertion's message."""
    more = len(problems) - _SHOWN
    return "\n".join(problems[:_SHOWN] + ([f"… and {more} more"] if more > 0 else []))


def _lines(path: Path, start: int) -> Iterator[tuple[int, dict[str, Any]]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        file.seek(start)
        for number, text in enumerate(file, start=1):
            yield number, json.loads(text)


def _line_problems(contract: Contract, line: dict[str, Any], *, refusals_allowed: bool) -> Iterator[str]:
    if line["kind"] == "event":
        event = line["event"]
        yield from (f"event {event.get('type')}: {problem}" for problem in contract.event_problems(event))
        return
    name = f"{line['verb']} {line['path']}"
    taken = 200 <= line["status"] < 300
    requests = contract.request_problems(line["verb"], line["path"], line["form"])
    if taken or not refusals_allowed:
        yield from (f"request {name}: {problem}" for problem in requests)
    if not requests and line["answer"].get("error", {}).get("code") == "parameter_unknown":
        yield f"request {name}: the sandbox does not know {line['answer']['error'].get('param')}, Stripe does"
    if taken:
        answers = contract.answer_problems(line["verb"], line["path"], line["answer"])
        yield from (f"answer {name}: {problem}" for problem in answers)
    else:
        yield from (
            f"answer {name} {line['status']}: {problem}"
            for problem in contract.error_problems(line["answer"])
        )
