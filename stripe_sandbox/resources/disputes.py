"""Disputes: routes. Their shape is in `dispute_shape`, what banks do in `dispute_steps`."""

from typing import Any

from ..errors import StripeError, invalid, missing
from ..events import emit
from ..jsontypes import Json
from ..pagination import list_answer
from ..params import LIST_FIELDS, Bool, ListOf, Metadata, Obj, Str, merge_metadata
from ..presenting import present
from ..routing import Call, route
from ..sandbox import Sandbox
from .dispute_shape import EVIDENCE, FILE_EVIDENCE
from .dispute_steps import CLOSED, OPEN_INQUIRY, close_dispute, escalate_inquiry

_MOST_CHARACTERS = 150_000
_PAGE_CHARACTERS = 3_000
"""A guess: Stripe says that it estimates the pages, and not how."""
_MOST_PAGES = {"mastercard": 19}
_MOST_PAGES_ELSEWHERE = 50


@route("GET", "/v1/disputes", Obj(LIST_FIELDS | {"charge": Str(), "payment_intent": Str()}))
def list_disputes(call: Call) -> Json:
    """Answer disputes, newest first."""
    return list_answer(call, "dispute", url="/v1/disputes", equal=("charge", "payment_intent"))


@route("GET", "/v1/disputes/{id}")
def retrieve_dispute(call: Call) -> Json:
    """Answer one dispute."""
    return present(call.sandbox, _load(call))


@route(
    "POST",
    "/v1/disputes/{id}",
    Obj({"evidence": EVIDENCE, "submit": Bool(), "metadata": Metadata(), "expand": ListOf(Str())}),
)
def update_dispute(call: Call) -> Json:
    """Take evidence; submitted (the default), it goes under review or, with Stripe's test words, decides."""
    dispute = _load(call)
    if dispute["status"] in CLOSED:
        raise StripeError("This dispute is already closed")
    given = call.params.get("evidence", {})
    _check_files(given)
    evidence = dispute["evidence"] | given
    _check_length(dispute, evidence)
    before = dict(dispute)
    dispute |= {
        "evidence": evidence,
        "metadata": merge_metadata(dispute["metadata"], call.params.get("metadata")),
    }
    submitted = "evidence" in call.params and call.params.get("submit", True)
    _note_evidence(call.sandbox, dispute, submitted=submitted)
    previous = _changed(before, dispute)
    emit(call.sandbox, "charge.dispute.updated", call.sandbox.store.save(dispute), previous=previous)
    return _decided(call.sandbox, dispute) if submitted else present(call.sandbox, dispute)


def _load(call: Call) -> Json:
    return call.sandbox.load("dispute", call.ids["id"], param="dispute")


def _check_files(given: Json) -> None:
    """Refuse ids of files: the sandbox takes no uploads, so none of them can exist."""
    for name in FILE_EVIDENCE:
        if given.get(name):
            raise missing("file upload", given[name], param=f"evidence[{name}]", status=400)


def _check_length(dispute: Json, evidence: Json) -> None:
    characters = sum(len(text) for text in evidence.values() if isinstance(text, str))
    if characters > _MOST_CHARACTERS:
        raise invalid(
            f"The combined character count of all evidence fields is limited to {_MOST_CHARACTERS:,}; "
            f"these have {characters:,}.",
            param="evidence",
        )
    network = (dispute["payment_method_details"] or {}).get("card", {}).get("network")
    most = _MOST_PAGES.get(network, _MOST_PAGES_ELSEWHERE)
    if characters > most * _PAGE_CHARACTERS:
        raise invalid(
            f"The evidence is estimated to exceed the network's limit of {most} pages.",
            code="dispute_evidence_page_limit_exceeded",
            param="evidence",
        )


def _note_evidence(sandbox: Sandbox, dispute: Json, *, submitted: bool) -> None:
    details = dict(dispute["evidence_details"])
    details["has_evidence"] = any(text for text in dispute["evidence"].values())
    if submitted:
        details |= {
            "past_due": sandbox.clock.now() > details["due_by"],
            "submission_count": details["submission_count"] + 1,
            "submission_method": "manual",
        }
        asked = dispute["status"] in OPEN_INQUIRY
        dispute["status"] = "warning_under_review" if asked else "under_review"
    dispute["evidence_details"] = details


def _changed(before: Json, after: Json) -> Json:
    """Return the former values of what changed; of the evidence only the fields that did."""
    former = {name: value for name, value in before.items() if value != after[name]}
    if "evidence" in former:
        now: dict[str, Any] = after["evidence"]
        former["evidence"] = {
            name: text for name, text in before["evidence"].items() if text != now.get(name)
        }
    return former


def _decided(sandbox: Sandbox, dispute: Json) -> Json:
    """Do what Stripe's test words in `uncategorized_text` ask for; Stripe takes some seconds over it."""
    words = dispute["evidence"]["uncategorized_text"]
    if words in {"winning_evidence", "losing_evidence"}:
        return close_dispute(sandbox, dispute["id"], won=words == "winning_evidence")
    if words == "escalate_inquiry_evidence" and dispute["status"] in OPEN_INQUIRY:
        return escalate_inquiry(sandbox, dispute["id"])
    return present(sandbox, dispute)


@route("POST", "/v1/disputes/{id}/close")
def give_up_dispute(call: Call) -> Json:
    """Accept the dispute: it is lost."""
    return close_dispute(call.sandbox, _load(call)["id"], won=False)
