"""What banks do to a paid charge: ask, dispute, take the money, decide, give it back.

An inquiry (`warning_…`) only asks: no money moves and the charge can still be refunded; a full refund ends
it. It may become a dispute. A dispute takes the amount and a fee; the fee stays paid whatever the end.
"""

from ..errors import StripeError
from ..events import emit
from ..jsontypes import Json
from ..money import DISPUTE_FEE
from ..presenting import PRESENTERS, present
from ..sandbox import Sandbox
from .balance import record
from .dispute_shape import evidence_due_by, new_dispute

OPEN_INQUIRY = ("warning_needs_response", "warning_under_review")
OPEN_DISPUTE = ("needs_response", "under_review")
CLOSED = ("lost", "warning_closed", "won")
_CHARGED_BACK = (*OPEN_DISPUTE, "lost")


def open_dispute(
    sandbox: Sandbox,
    charge_id: str,
    *,
    reason: str,
    amount: int | None = None,
    inquiry: bool = False,
    withdraw: bool = True,
) -> Json:
    """Dispute a charge as the buyer's bank would; amounts in minor units, all of the charge unless told.

    Refunds do not stand in the way, as they do not at banks. With `withdraw=False` the money is taken later.
    """
    with sandbox.store.transaction():
        charge = sandbox.load("charge", charge_id)
        _check_disputable(sandbox, charge, amount)
        dispute = new_dispute(
            sandbox, charge, reason=reason, amount=amount or charge["amount"], inquiry=inquiry
        )
        sandbox.store.add(dispute)
        first = not charge["disputed"]
        charge["disputed"] = True
        sandbox.store.save(charge)
        emit(sandbox, "charge.dispute.created", dispute)
        if first:
            emit(sandbox, "charge.updated", charge, previous={"disputed": False})
        if withdraw and not inquiry:
            _withdraw(sandbox, dispute)
        return present(sandbox, dispute)


def _check_disputable(sandbox: Sandbox, charge: Json, amount: int | None) -> None:
    if not charge["paid"]:
        raise StripeError("Only a paid charge can be disputed.", status=409)
    if amount is not None and not 0 < amount <= charge["amount"]:
        raise StripeError(f"The charge is over {charge['amount']}; {amount} cannot be disputed.", status=409)
    running = [each["id"] for each in _disputes_of(sandbox, charge) if each["status"] not in CLOSED]
    if running:
        raise StripeError(f"This charge has an open dispute already ({running[0]}).", status=409)


def _disputes_of(sandbox: Sandbox, charge: Json) -> list[Json]:
    return sandbox.store.find("dispute", {"charge": charge["id"]}) if charge["disputed"] else []


def escalate_inquiry(sandbox: Sandbox, dispute_id: str, *, withdraw: bool = True) -> Json:
    """Turn an open inquiry into a dispute over the same amount, whatever has been refunded meanwhile."""
    with sandbox.store.transaction():
        dispute = sandbox.load("dispute", dispute_id)
        if dispute["status"] not in OPEN_INQUIRY:
            raise StripeError(f"Only an open inquiry can be escalated ({dispute['status']}).", status=409)
        previous = {name: dispute[name] for name in ("status", "payment_method_details", "evidence_details")}
        dispute["status"] = "needs_response"
        dispute["evidence_details"] = dispute["evidence_details"] | {
            "due_by": evidence_due_by(sandbox.clock.now())
        }
        if dispute["payment_method_details"]:
            card = dispute["payment_method_details"]["card"] | {"case_type": "chargeback"}
            dispute["payment_method_details"] = {"type": "card", "card": card}
        emit(sandbox, "charge.dispute.updated", sandbox.store.save(dispute), previous=previous)
        if withdraw:
            _withdraw(sandbox, dispute)
        return present(sandbox, dispute)


def withdraw_funds(sandbox: Sandbox, dispute_id: str) -> Json:
    """Take a dispute's money, which its opening or its escalation had left."""
    with sandbox.store.transaction():
        dispute = sandbox.load("dispute", dispute_id)
        if dispute["balance_transactions"] or dispute["status"] not in _CHARGED_BACK:
            raise StripeError("Nothing is left to withdraw for this dispute.", status=409)
        _withdraw(sandbox, dispute)
        return present(sandbox, dispute)


def _withdraw(sandbox: Sandbox, dispute: Json) -> None:
    _move(sandbox, dispute, -dispute["amount"], fee=DISPUTE_FEE)
    emit(sandbox, "charge.dispute.funds_withdrawn", sandbox.store.save(dispute))


def _move(sandbox: Sandbox, dispute: Json, amount: int, *, fee: int = 0) -> None:
    movement = record(
        sandbox,
        type="adjustment",
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        category="dispute" if amount < 0 else "dispute_reversal",
        fee=fee,
        fee_description="Dispute fee",
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(movement)


def close_dispute(sandbox: Sandbox, dispute_id: str, *, won: bool, reinstate: bool = True) -> Json:
    """End a dispute, or an inquiry, which has neither winner nor loser.

    A win brings the amount back, at once or with `reinstate=False` later; the fee stays paid.
    """
    with sandbox.store.transaction():
        dispute = sandbox.load("dispute", dispute_id)
        if dispute["status"] in CLOSED:
            raise StripeError("This dispute is already closed")
        if dispute["status"] in OPEN_INQUIRY:
            dispute["status"] = "warning_closed"
        else:
            dispute["status"] = "won" if won else "lost"
        sandbox.store.save(dispute)
        if dispute["status"] == "won" and reinstate and dispute["balance_transactions"]:
            _reinstate(sandbox, dispute)
        emit(sandbox, "charge.dispute.closed", dispute)
        return present(sandbox, dispute)


def reinstate_funds(sandbox: Sandbox, dispute_id: str) -> Json:
    """Bring back the money of a dispute that was won before."""
    with sandbox.store.transaction():
        dispute = sandbox.load("dispute", dispute_id)
        if dispute["status"] != "won" or len(dispute["balance_transactions"]) != 1:
            raise StripeError("Nothing is to be reinstated for this dispute.", status=409)
        _reinstate(sandbox, dispute)
        return present(sandbox, dispute)


def _reinstate(sandbox: Sandbox, dispute: Json) -> None:
    _move(sandbox, dispute, dispute["amount"])
    emit(sandbox, "charge.dispute.funds_reinstated", sandbox.store.save(dispute))


def end_refunded_inquiries(sandbox: Sandbox, charge: Json) -> None:
    """Close the inquiries of a charge that has just been refunded in full: nothing is left to ask about."""
    for dispute in _disputes_of(sandbox, charge):
        if dispute["status"] in OPEN_INQUIRY:
            close_dispute(sandbox, dispute["id"], won=False)


def is_charged_back(sandbox: Sandbox, charge: Json) -> bool:
    """Say whether a dispute, open or lost, stands in the way of refunds; an inquiry or a won one does not."""
    return any(dispute["status"] in _CHARGED_BACK for dispute in _disputes_of(sandbox, charge))


def _present(sandbox: Sandbox, dispute: Json) -> Json:
    charge = sandbox.load("charge", dispute["charge"])
    refundable = charge["amount_refunded"] < charge["amount"] and not is_charged_back(sandbox, charge)
    return dispute | {"is_charge_refundable": refundable}


PRESENTERS["dispute"] = _present
