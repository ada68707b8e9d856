"""Comparing our books with Stripe's lists: what we missed is made good, what differs is found.

`walk` says how far the lists were read; `events` and `orders` recover what never reached us;
`transactions` compares both ways, with `matching` (what our books say), `journals` (what Stripe says of ours)
and `healing` (asking Stripe again); `totals` compares the sums; `run` does it all.
"""

from payments.services.reconciliation.deciding import movement_book
from payments.services.reconciliation.run import reconciliation_run

__all__ = ["movement_book", "reconciliation_run"]
