"""Reading events back, as a sweeper does when webhooks were lost."""

from typing import Any

import pytest
import stripe

from .process import SandboxProcess
from .receiver import Receiver
from .shop import Shop
from .test_connect import open_account

PAID = ("charge.succeeded", "charge.updated", "checkout.session.completed")
EACH = 5
"""How many events tell of one purchase."""


def buy(shop: Shop, sandbox: SandboxProcess, times: int = 1) -> list[str]:
    """Make purchases, each of which is told by several events; returns the sessions."""
    sessions = [shop.open_session().id for _ in range(times)]
    for session in sessions:
        sandbox.pay(session)
    return sessions


def ids(events: Any) -> list[str]:
    return [event.id for event in events]


def test_the_platforms_list_holds_no_events_of_connected_accounts(
    own_shop: Shop, own_sandbox: SandboxProcess
) -> None:
    one, other = open_account(own_shop).id, open_account(own_shop).id
    for account in (one, other):
        own_sandbox.control(f"accounts/{account}/onboard")
    buy(own_shop, own_sandbox)
    events = own_shop.client.v1.events

    (of_one,) = events.list(options={"stripe_account": one}).data

    assert (of_one.type, of_one.account) == ("account.updated", one)
    assert {event.to_dict().get("account") for event in own_shop.events()} == {None}
    assert events.retrieve(of_one.id, options={"stripe_account": one}).id == of_one.id
    for elsewhere in ({}, {"stripe_account": other}):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            events.retrieve(of_one.id, options=elsewhere)  # type: ignore[arg-type]
        assert caught.value.http_status == 404


def test_events_of_the_same_second_page_without_gap_or_repetition(
    own_shop: Shop, own_sandbox: SandboxProcess
) -> None:
    buy(own_shop, own_sandbox, 150)
    events = own_shop.client.v1.events
    first = events.list({"limit": 100})

    buy(own_shop, own_sandbox)  # newer ones must not move the older
    rest = list(events.list({"limit": 100, "starting_after": first.data[-1].id}).auto_paging_iter())

    walked = ids(first.data) + ids(rest)
    assert len(walked) == len(set(walked)) == 150 * EACH
    everything = list(events.list({"limit": 100}).auto_paging_iter())
    assert ids(everything)[EACH:] == walked
    assert [event.created for event in everything] == sorted(
        (event.created for event in everything), reverse=True
    )
    back = events.list({"limit": 100, "ending_before": walked[100]})
    assert ids(back.data) == walked[:100]


def test_several_types_are_listed_in_one_order(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    buy(own_shop, own_sandbox, 20)
    wanted = [event.id for event in own_shop.events() if event.type in PAID]
    params: Any = {"types": list(PAID), "limit": 7}

    paged = ids(own_shop.client.v1.events.list(params).auto_paging_iter())

    assert paged[: len(wanted)] == wanted
    assert len(paged) == 20 * len(PAID)


def test_a_star_stands_for_all_types_that_begin_so(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    buy(own_shop, own_sandbox)

    assert {event.type for event in own_shop.events(type="charge.*")} == {
        "charge.succeeded",
        "charge.updated",
    }
    assert own_shop.events(type="invoice.*") == []


def test_events_are_bounded_in_time(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    buy(own_shop, own_sandbox)
    own_sandbox.control("clock", {"advance": 3600})
    (late,) = buy(own_shop, own_sandbox)
    since = own_shop.session(late).created

    listed = own_shop.events(created={"gte": since}, types=["checkout.session.completed"])

    assert [event.data.object.to_dict()["id"] for event in listed] == [late]
    assert len(own_shop.events(created={"lt": since})) == EACH


@pytest.mark.parametrize("lost", [3, 120])
def test_what_never_arrived_is_listed_whether_little_or_much(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, lost: int
) -> None:
    endpoint: Any = {"url": receiver.url, "enabled_events": ["*"]}
    own_shop.client.v1.webhook_endpoints.create(endpoint)
    buy(own_shop, own_sandbox, 3)
    own_sandbox.settle_deliveries()
    own_sandbox.control("deliveries", {"mode": "drop"})
    buy(own_shop, own_sandbox, lost)
    events = own_shop.client.v1.events

    undelivered = list(events.list({"limit": 100, "delivery_success": False}).auto_paging_iter())
    delivered = list(events.list({"limit": 100, "delivery_success": True}).auto_paging_iter())
    completed: Any = {"limit": 50, "delivery_success": False, "types": ["checkout.session.completed"]}

    assert (len(undelivered), len(delivered)) == (lost * EACH, 3 * EACH)
    assert ids(undelivered) + ids(delivered) == ids(events.list({"limit": 100}).auto_paging_iter())
    assert len(list(events.list(completed).auto_paging_iter())) == lost
    assert undelivered[0].pending_webhooks == 1


def test_events_older_than_thirty_days_are_listed_no_more(
    own_shop: Shop, own_sandbox: SandboxProcess
) -> None:
    buy(own_shop, own_sandbox)

    own_sandbox.control("clock", {"advance": 30 * 86400 + 60})

    assert {event.type for event in own_shop.events()} <= {"checkout.session.expired"}
