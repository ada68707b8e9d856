"""What a line costs and who bears its discount: exact to the cent, whatever the prices."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from payments.services.pricing import Discount, lines_price

PRICES = st.lists(st.integers(0, 100_000), min_size=1, max_size=20)


def listings(*prices: int) -> Any:
    return [SimpleNamespace(pk=pk, slug=f"s{pk}", price_amount=price) for pk, price in enumerate(prices)]


def percent(of: Any, percent: int, *, is_platforms: bool = False) -> Discount:
    return Discount(frozenset(each.pk for each in of), percent=percent, is_platforms=is_platforms)


@given(PRICES, st.data())
def test_a_discount_is_spread_to_the_cent_and_only_over_what_it_is_for(prices: list[int], data: Any) -> None:
    wanted = listings(*prices)
    chosen = data.draw(st.sets(st.sampled_from(range(len(prices))), min_size=1))
    is_percent = data.draw(st.booleans())
    size = data.draw(st.integers(1, 100 if is_percent else 300_000))
    by_platform = data.draw(st.booleans())
    discount = Discount(
        frozenset(chosen), **{"percent" if is_percent else "amount": size}, is_platforms=by_platform
    )
    bps = data.draw(st.integers(0, 10_000))

    lines = lines_price(wanted, fee_bps=bps, discount=discount)

    base = sum(prices[pk] for pk in chosen)
    expected = base * size // 100 if is_percent else min(size, base)
    assert sum(line.discount_amount for line in lines) == expected
    for pk, line in enumerate(lines):
        assert 0 <= line.discount_amount <= line.unit_amount
        assert line.discount_amount == 0 or pk in chosen
        assert line.net_amount == line.platform_fee_amount + line.seller_amount
        # To the cent in proportion: largest remainder is never a cent or more off.
        exact = expected * line.unit_amount / base if pk in chosen and base else 0
        assert abs(line.discount_amount - exact) < 1
        before = lines_price([wanted[pk]], fee_bps=bps)[0]
        if by_platform:
            assert line.seller_amount == before.seller_amount
            assert line.platform_discount_amount == line.discount_amount
        else:
            assert line.platform_fee_amount == line.net_amount * bps // 10_000


def test_a_sellers_discount_lowers_what_the_fee_is_taken_from() -> None:
    wanted = listings(999)
    [line] = lines_price(wanted, fee_bps=2000, discount=percent(wanted, 10))
    assert (line.discount_amount, line.net_amount) == (99, 900)
    assert (line.platform_fee_amount, line.seller_amount) == (180, 720)


def test_a_platforms_discount_costs_the_platform_alone_even_below_its_fee() -> None:
    wanted = listings(1000)
    [line] = lines_price(wanted, fee_bps=2000, discount=percent(wanted, 50, is_platforms=True))
    assert (line.net_amount, line.platform_fee_amount, line.seller_amount) == (500, -300, 800)
