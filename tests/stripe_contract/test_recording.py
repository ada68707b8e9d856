"""A recording is checked line by line."""

import json
from pathlib import Path
from typing import Any

from .recording import check_recording, report
from .test_contract import REFUND, event


def recorded(path: Path, **change: Any) -> Path:
    """Write a recording of one request, good but for the change."""
    line = {
        "kind": "request",
        "verb": "POST",
        "path": "/v1/refunds",
        "form": "charge=ch_1&amount=100",
        "status": 200,
        "answer": REFUND,
        "fault": False,
    }
    path.write_text(json.dumps(line | change) + "\n")
    return path


def refusal(code: str, param: str) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "message": "No.", "code": code, "param": param}}


def test_a_good_recording_has_no_problems(tmp_path: Path) -> None:
    assert check_recording(recorded(tmp_path / "record.jsonl")) == []
    assert check_recording(tmp_path / "never-written.jsonl") == []


def test_an_unknown_parameter_that_was_taken_is_a_problem(tmp_path: Path) -> None:
    record = recorded(tmp_path / "record.jsonl", form="charge=ch_1&amout=100")

    assert len(check_recording(record, refusals_allowed=True)) == 1


def test_a_bad_request_that_was_refused_is_a_problem_unless_meant(tmp_path: Path) -> None:
    answer = refusal("parameter_unknown", "amout")
    record = recorded(tmp_path / "record.jsonl", form="charge=ch_1&amout=100", status=400, answer=answer)

    assert len(check_recording(record)) == 1
    assert check_recording(record, refusals_allowed=True) == []


def test_a_parameter_that_only_the_sandbox_does_not_know_is_a_problem(tmp_path: Path) -> None:
    answer = refusal("parameter_unknown", "amount")
    record = recorded(tmp_path / "record.jsonl", status=400, answer=answer)

    (problem,) = check_recording(record, refusals_allowed=True)

    assert "the sandbox does not know amount, Stripe does" in problem


def test_a_bad_answer_and_a_bad_event_are_problems_with_their_line(tmp_path: Path) -> None:
    record = recorded(tmp_path / "record.jsonl", answer=REFUND | {"amount": "1"})
    bad = {"kind": "event", "endpoint": "we_1", "status": 200, "event": event(type="refund.invented")}
    with record.open("a") as file:
        file.write(json.dumps(bad) + "\n")

    problems = check_recording(record)

    assert problems[0].startswith("record.jsonl:1 answer POST /v1/refunds: amount")
    assert problems[1].startswith("record.jsonl:2 event refund.invented: type")


def test_a_long_report_is_cut(tmp_path: Path) -> None:
    assert report(["a"] * 25).endswith("… and 5 more")
