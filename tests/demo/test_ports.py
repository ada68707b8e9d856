"""Which port the demo's sandbox takes."""

from pathlib import Path

from marketplace.demo.ports import STRIPE_PORTS, stripe_ports


def test_two_checkouts_that_start_at_the_same_moment_try_different_ports() -> None:
    one, other = stripe_ports(Path("/home/ann/promptfair")), stripe_ports(Path("/home/bob/promptfair"))

    assert one[0] != other[0]
    assert sorted(one) == sorted(other) == list(STRIPE_PORTS)
