"""Stripe's own lists, for reconciliation: its balance, its movements, its events, its paid sessions."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from payments.gateway import GatewayRefused, call, client, id_of

# Stripe's word for an id that it does not know.
RESOURCE_MISSING = "resource_missing"
# Stripe takes at most this many types in one question.
TYPES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class TransactionFacts:
    """One movement on the platform's balance at Stripe, in minor units; net = amount - fee."""

    id: str
    type: str
    amount: int
    fee_amount: int
    net_amount: int
    currency: str
    source_id: str | None
    created_at: datetime.datetime
    description: str


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What caused a movement of the balance; empty where Stripe names nothing."""

    id: str | None
    kind: str
    payment_intent_id: str | None
    transfer_id: str | None


def balance_amount(currency: str) -> int:
    """All the platform has at Stripe, available and pending, in minor units."""
    balance = call(client().v1.balance.retrieve)
    parts = [*balance.available, *balance.pending]
    return sum(part.amount for part in parts if part.currency == currency)


def transactions_between(since: datetime.datetime, until: datetime.datetime) -> Iterator[TransactionFacts]:
    """Movements of the platform's balance from `since` to before `until`, newest first, page by page."""
    for transaction in _paged(client().v1.balance_transactions.list, _within(since, until)):
        yield _transaction_facts(transaction)


def transactions_of(source_id: str) -> list[TransactionFacts]:
    """Every movement of the platform's balance that a charge, refund, transfer … has caused."""
    params: Any = {"source": source_id, "limit": 100}
    try:
        return [_transaction_facts(each) for each in _paged(client().v1.balance_transactions.list, params)]
    except GatewayRefused as error:
        if error.code == RESOURCE_MISSING:
            return []
        raise


def transaction_retrieve(transaction_id: str) -> TransactionFacts | None:
    """One movement; None if Stripe knows of none with this id."""
    try:
        return _transaction_facts(call(client().v1.balance_transactions.retrieve, transaction_id))
    except GatewayRefused as error:
        if error.code == RESOURCE_MISSING:
            return None
        raise


def transaction_source(transaction_id: str) -> SourceFacts:
    """What caused a movement, with the payment or transfer it belongs to."""
    params: Any = {"expand": ["source"]}
    source = call(client().v1.balance_transactions.retrieve, transaction_id, params).source
    return SourceFacts(
        id=id_of(source),
        kind=getattr(source, "object", ""),
        payment_intent_id=id_of(getattr(source, "payment_intent", None)),
        transfer_id=id_of(getattr(source, "transfer", None)),
    )


def events_between(
    since: datetime.datetime, until: datetime.datetime, types: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Events of our own account of these types, as a webhook would bring them, newest first per question."""
    for start in range(0, len(types), TYPES_AT_ONCE):
        params = _within(since, until) | {"types": list(types[start : start + TYPES_AT_ONCE])}
        for event in _paged(client().v1.events.list, params):
            yield event.to_dict()


def complete_sessions_between(
    since: datetime.datetime, until: datetime.datetime
) -> Iterator[tuple[str, dict[str, str]]]:
    """Id and metadata of each completed Checkout Session made in that time, newest first."""
    params = _within(since, until) | {"status": "complete"}
    for session in _paged(client().v1.checkout.sessions.list, params):
        yield session.id, session.metadata.to_dict() if session.metadata else {}


def _within(since: datetime.datetime, until: datetime.datetime) -> dict[str, Any]:
    """`created` in whole seconds, as Stripe has it: a part of a second at the end is read next time."""
    return {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": 100}


def _transaction_facts(transaction: Any) -> TransactionFacts:
    return TransactionFacts(
        id=transaction.id,
        type=transaction.type,
        amount=transaction.amount,
        fee_amount=transaction.fee,
        net_amount=transaction.net,
        currency=transaction.currency,
        source_id=id_of(transaction.source),
        created_at=_time(transaction.created),
        description=transaction.description or "",
    )


def _paged(method: Any, params: Any) -> Iterator[Any]:
    """Page by page, each question sorted into our kinds of error."""
    page = call(method, params)
    while True:
        yield from page.data
        if not page.has_more:
            return
        page = call(method, params | {"starting_after": page.data[-1].id})


def _time(stamp: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(stamp, tz=datetime.UTC)
