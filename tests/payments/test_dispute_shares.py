"""Who bears a dispute, as arithmetic: nobody twice, nothing lost, closed to the cent."""

from hypothesis import given
from hypothesis import strategies as st

from common.money import platform_fee_amount
from payments.services.dispute_shares import Claim, ItemStanding, dispute_shares


def share_of(net: int, fee: int, gone: int) -> int:
    return gone - fee * gone // net if net else 0


@st.composite
def items(draw: st.DrawFn) -> ItemStanding:
    net = draw(st.sampled_from([0, 300, 333, 499, 999]) | st.integers(300, 100_000))
    fee = platform_fee_amount(net, draw(st.sampled_from([0, 1, 1500, 2000, 9999])))
    refunded = draw(st.just(0) | st.just(net) | st.integers(0, net))
    return ItemStanding(net, fee, refunded, share_of(net, fee, refunded))


claims = st.lists(st.builds(Claim, st.integers(0, 250_000) | st.sampled_from([0, 300, 999]), st.booleans()))
orders = st.lists(items(), min_size=1, max_size=5)


@given(orders, claims)
def test_no_item_gives_more_than_is_left_of_it(items, claims):
    found = dispute_shares(items, claims)
    for position, item in enumerate(items):
        taken = sum(shares.amounts[position] for shares in found)
        assert item.refunded_amount + taken <= item.net_amount
        borne = sum(shares.seller_amounts[position] for shares in found)
        assert 0 <= item.seller_refunded_amount + borne <= item.net_amount - item.platform_fee_amount


@given(orders, claims)
def test_what_is_withdrawn_is_taken_until_nothing_is_left(items, claims):
    left = sum(item.net_amount - item.refunded_amount for item in items)
    taken = sum(sum(shares.amounts) for shares in dispute_shares(items, claims))
    assert taken == min(left, sum(claim.withdrawn_amount for claim in claims))


@given(orders, claims)
def test_an_item_that_is_gone_in_full_has_cost_its_seller_exactly_the_share(items, claims):
    found = dispute_shares(items, claims)
    for position, item in enumerate(items):
        taken = sum(shares.amounts[position] for shares in found)
        if taken and item.refunded_amount + taken == item.net_amount:
            borne = sum(shares.seller_amounts[position] for shares in found)
            assert item.seller_refunded_amount + borne == item.net_amount - item.platform_fee_amount


@given(orders, claims)
def test_a_lost_dispute_is_borne_to_the_last_cent_and_an_open_one_loses_nothing(items, claims):
    for claim, shares in zip(claims, dispute_shares(items, claims), strict=True):
        borne = sum(shares.seller_amounts) + shares.surplus_amount
        if claim.is_lost:
            assert borne + shares.loss_amount == claim.withdrawn_amount
        else:
            assert (shares.loss_amount, borne <= claim.withdrawn_amount) == (0, True)


@given(orders, claims)
def test_what_was_given_back_costs_nobody_anything(items, claims):
    for claim, shares in zip(claims, dispute_shares(items, claims), strict=True):
        if claim.withdrawn_amount == 0:
            assert (sum(shares.amounts), sum(shares.seller_amounts), shares.loss_amount) == (0, 0, 0)


@given(orders, claims)
def test_losing_changes_nothing_for_the_sellers(items, claims):
    as_open = dispute_shares(items, [Claim(claim.withdrawn_amount) for claim in claims])
    as_lost = dispute_shares(items, [Claim(claim.withdrawn_amount, is_lost=True) for claim in claims])
    assert [each.seller_amounts for each in as_open] == [each.seller_amounts for each in as_lost]


@given(st.data(), orders, st.integers(0, 100_000))
def test_a_refund_between_withdrawal_and_ruling_debits_no_seller_twice(data, items, withdrawn):
    """Refunded before the dispute or during it: the seller has lost the same in the end."""
    position = data.draw(st.integers(0, len(items) - 1))
    item = items[position]
    more = data.draw(st.integers(0, item.net_amount - item.refunded_amount))
    refunded = item.refunded_amount + more
    items[position] = ItemStanding(
        item.net_amount,
        item.platform_fee_amount,
        refunded,
        share_of(item.net_amount, item.platform_fee_amount, refunded),
    )
    (shares,) = dispute_shares(items, [Claim(withdrawn)])
    gone = refunded + shares.amounts[position]
    borne = items[position].seller_refunded_amount + shares.seller_amounts[position]
    assert borne == share_of(item.net_amount, item.platform_fee_amount, gone)


@given(st.integers(0, 2000), claims)
def test_a_surplus_is_used_up_before_the_platform_pays(owed, claims):
    found = dispute_shares([], claims, surplus_left=owed)
    assert sum(shares.surplus_amount for shares in found) == min(
        owed, sum(claim.withdrawn_amount for claim in claims)
    )
    for claim, shares in zip(claims, found, strict=True):
        if claim.is_lost:
            assert shares.surplus_amount + shares.loss_amount == claim.withdrawn_amount


def test_a_failed_refund_s_rounding_closes_with_the_dispute():
    """Three steps of $3.33, the first failed: 267 + 266 is booked where 534 is the share of $6.66."""
    item = ItemStanding(999, 199, refunded_amount=666, seller_refunded_amount=533)
    (shares,) = dispute_shares([item], [Claim(333)])
    assert shares.seller_amounts == (267,)


def test_two_sellers_bear_a_partial_dispute_by_price():
    items = [ItemStanding(300, 60), ItemStanding(700, 140)]
    (shares,) = dispute_shares(items, [Claim(101, is_lost=True)])
    assert (shares.amounts, shares.seller_amounts, shares.loss_amount) == ((30, 71), (24, 57), 20)


def test_the_second_dispute_takes_what_the_first_has_left():
    items = [ItemStanding(999, 199)]
    first, second = dispute_shares(items, [Claim(600), Claim(600, is_lost=True)])
    assert (first.amounts, second.amounts) == ((600,), (399,))
    assert first.seller_amounts[0] + second.seller_amounts[0] == 800
    assert second.loss_amount == 600 - second.seller_amounts[0]
