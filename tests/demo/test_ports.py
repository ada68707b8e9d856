"""Which ports the demo's sandbox and MCP server take."""

from pathlib import Path

from marketplace.demo.ports import STRIPE_PORTS, in_order


def test_two_checkouts_that_start_at_the_same_moment_try_different_ports() -> None:
    one, other = (
        in_order(STRIPE_PORTS, Path(home)) for home in ("/home/ann/promptfair", "/home/bob/promptfair")
    )

    assert one[0] != other[0]
    assert sorted(one) == sorted(other) == list(STRIPE_PORTS)
