"""Payouts and what was taken back of them."""

from payments.services.invariants.registry import invariant

_PAYOUT = """p.id IN (
    SELECT id FROM payments_payout WHERE created_at >= %(since)s OR settled_at >= %(since)s
    UNION SELECT payout_id FROM payments_payoutreversal
           WHERE created_at >= %(since)s OR settled_at >= %(since)s)"""
_ADVICE = (
    "Stop payouts to this seller. Compare the payout with its transfer at Stripe, and run `manage.py "
    "reconcile`. What is left was changed outside the services; put it right with a new journal."
)


@invariant(subject="payout", key="p.id", key_type="uuid", touched=_PAYOUT, advice=_ADVICE)
def payouts_are_booked_by_their_status() -> str:
    """A payout speaks for its amount, unless it failed; it has left Stripe's balance once it is paid.

    What was taken back is available to the seller again, and at Stripe.
    """
    return """
        SELECT p.id, 'a ' || p.status || ' payout: spoken for ' || booked.spoken || ', sent ' || booked.sent,
               expected.spoken, booked.spoken
          FROM payments_payout p CROSS JOIN LATERAL (
            SELECT CASE WHEN p.status = 'failed' THEN 0 ELSE p.amount - p.reversed_amount END::bigint
                       AS spoken,
                   CASE WHEN p.status IN ('paid', 'reversed') THEN p.amount - p.reversed_amount ELSE 0
                   END::bigint AS sent
          ) expected CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount) FILTER (WHERE e.account = 'seller_available'), 0)::bigint AS spoken,
                   coalesce(sum(e.amount) FILTER (WHERE e.account = 'connected_accounts'), 0)::bigint AS sent
              FROM (
                SELECT kind.name AS kind, 'payout:' || p.id AS cause
                  FROM (VALUES ('payout'), ('payout_sent'), ('payout_failed')) kind(name)
                UNION ALL
                SELECT 'payout_reversed', 'reversal:' || r.id
                  FROM payments_payoutreversal r WHERE r.payout_id = p.id
              ) told
              JOIN payments_journal j ON j.kind = told.kind AND j.cause = told.cause
              JOIN payments_ledgerentry e ON e.journal_id = j.id
          ) booked
         WHERE {scope} AND booked IS DISTINCT FROM expected
    """


@invariant(subject="payout", key="p.id", key_type="uuid", touched=_PAYOUT, advice=_ADVICE)
def payouts_count_what_was_taken_back() -> str:
    """A payout's reversed amount is the sum of its succeeded reversals; all of it makes it reversed."""
    return """
        SELECT p.id, 'a ' || p.status || ' payout', taken.amount, p.reversed_amount::bigint
          FROM payments_payout p CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.amount), 0)::bigint AS amount
              FROM payments_payoutreversal r WHERE r.payout_id = p.id AND r.status = 'succeeded'
          ) taken
         WHERE {scope} AND (taken.amount <> p.reversed_amount
                            OR (p.status = 'reversed') <> (p.reversed_amount = p.amount))
    """
