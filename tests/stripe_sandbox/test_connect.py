"""Connected accounts, onboarding, transfers, reversals and payouts."""

from typing import Any

import pytest
import stripe

from .process import SandboxProcess
from .receiver import Receiver
from .shop import Shop
from .test_hosted_page import visit

CONTROLLER: Any = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}


def open_account(shop: Shop, **more: Any) -> stripe.Account:
    """Make an account as the gateway does."""
    params: Any = {
        "controller": CONTROLLER,
        "capabilities": {"transfers": {"requested": True}},
        "country": "US",
        "email": "seller@example.com",
        "metadata": {"seller": "7"},
    }
    return shop.client.v1.accounts.create(params | more)


@pytest.fixture
def account(own_shop: Shop, own_sandbox: SandboxProcess) -> str:
    """An account that can be paid."""
    account_id = open_account(own_shop).id
    own_sandbox.control(f"accounts/{account_id}/onboard")
    return account_id


def earn(shop: Shop, sandbox: SandboxProcess, amount: int, card: str = "4000000000000077") -> str:
    """Take money, available at once; returns the charge."""
    session = shop.open_session(amount)
    return str(sandbox.pay(session.id, card=card)["charge"])


def send(shop: Shop, account: str, amount: int, **more: Any) -> stripe.Transfer:
    params: Any = {"amount": amount, "currency": "usd", "destination": account, **more}
    return shop.client.v1.transfers.create(params)


def balance(shop: Shop, account: str | None = None) -> int:
    """Return what is available."""
    options: stripe.RequestOptions = {"stripe_account": account} if account else {}
    return shop.client.v1.balance.retrieve(options=options).available[0].amount


def test_a_new_account_can_do_nothing_yet(shop: Shop) -> None:
    account = open_account(shop)

    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (False,) * 3
    assert account.requirements is not None
    assert account.requirements.currently_due
    with pytest.raises(stripe.InvalidRequestError) as caught:
        send(shop, account.id, 100)
    assert caught.value.code == "insufficient_capabilities_for_transfer"


def test_a_restricted_account_gets_no_transfers_until_it_gives_what_is_due(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    earn(own_shop, own_sandbox, 5000)

    own_sandbox.control(f"accounts/{account}/restrict")

    with pytest.raises(stripe.InvalidRequestError, match="capabilities"):
        send(own_shop, account, 100)
    wanted = own_shop.client.v1.accounts.retrieve(account).requirements
    assert wanted is not None
    assert wanted.past_due == wanted.currently_due == ["individual.verification.document"]
    assert wanted.disabled_reason == "requirements.past_due"
    assert wanted.errors is not None
    assert wanted.errors[0].requirement == "individual.verification.document"
    own_sandbox.control(f"accounts/{account}/onboard")
    assert send(own_shop, account, 100).amount == 100


@pytest.mark.parametrize(
    ("reason", "capability", "pending"),
    [
        ("requirements.pending_verification", "pending", ["individual.verification.document"]),
        ("under_review", "inactive", []),
        ("rejected.fraud", "inactive", []),
    ],
)
def test_an_account_may_be_stopped_for_other_reasons(
    own_shop: Shop,
    own_sandbox: SandboxProcess,
    account: str,
    reason: str,
    capability: str,
    pending: list[str],
) -> None:
    own_sandbox.control(f"accounts/{account}/restrict", {"reason": reason})

    stopped = own_shop.client.v1.accounts.retrieve(account)

    assert stopped.requirements is not None
    assert stopped.capabilities is not None
    assert (stopped.requirements.disabled_reason, stopped.capabilities.transfers) == (reason, capability)
    assert stopped.requirements.pending_verification == pending
    assert (stopped.payouts_enabled, stopped.requirements.currently_due) == (False, [])


def test_payouts_may_be_stopped_while_transfers_go_on(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    earn(own_shop, own_sandbox, 5000)

    own_sandbox.control(f"accounts/{account}/restrict", {"transfers": True})

    assert send(own_shop, account, 100).amount == 100
    assert not own_shop.client.v1.accounts.retrieve(account).payouts_enabled
    assert own_sandbox.request("POST", f"accounts/{account}/payout", {})[0] == 409


def test_a_change_of_an_account_is_told_with_its_former_values(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    own_sandbox.control(f"accounts/{account}/restrict")

    newest = own_shop.client.v1.events.list({"limit": 1}, {"stripe_account": account}).data[0]

    assert newest.type == "account.updated"
    previous = newest.data.previous_attributes
    assert previous is not None
    assert previous.to_dict()["payouts_enabled"] is True
    assert "details_submitted" not in previous.to_dict()


def test_an_account_that_parts_is_out_of_reach(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, account: str
) -> None:
    endpoint: Any = {"url": receiver.url, "enabled_events": ["*"], "connect": True}
    own_shop.client.v1.webhook_endpoints.create(endpoint)
    earn(own_shop, own_sandbox, 5000)

    own_sandbox.control(f"accounts/{account}/deauthorize")
    own_sandbox.settle_deliveries()

    assert receiver.only("account.application.deauthorized").event["account"] == account
    accounts = own_shop.client.v1.accounts
    for refused in (accounts.retrieve, accounts.login_links.create, accounts.delete):
        with pytest.raises(stripe.PermissionError) as caught:
            refused(account)
        assert caught.value.http_status == 403
        assert caught.value.error is not None
        assert caught.value.error.code == "account_invalid"
    with pytest.raises(stripe.PermissionError):
        own_shop.client.v1.balance.retrieve(options={"stripe_account": account})


def test_a_transfer_to_a_deleted_account_is_refused(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    earn(own_shop, own_sandbox, 5000)
    own_shop.client.v1.accounts.delete(account)

    with pytest.raises(stripe.InvalidRequestError, match="No such destination") as caught:
        send(own_shop, account, 100)

    refused = caught.value
    assert (refused.http_status, refused.code, refused.param) == (400, "resource_missing", "destination")


def test_a_transfer_moves_available_money(own_shop: Shop, own_sandbox: SandboxProcess, account: str) -> None:
    earn(own_shop, own_sandbox, 5000)
    before = balance(own_shop)

    transfer = send(own_shop, account, 800, transfer_group="payout-1", metadata={"payout": "1"})

    assert balance(own_shop) == before - 800
    assert balance(own_shop, account) == 800
    found = own_shop.client.v1.transfers.list({"transfer_group": "payout-1"}).data
    assert [item.id for item in found] == [transfer.id]
    assert own_shop.events(type="transfer.created")[0].data.object.to_dict()["id"] == transfer.id


def test_more_than_is_available_is_refused(own_shop: Shop, own_sandbox: SandboxProcess, account: str) -> None:
    earn(own_shop, own_sandbox, 5000, card="4242424242424242")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        send(own_shop, account, 100)

    assert caught.value.code == "balance_insufficient"


def test_with_a_source_the_transfer_waits_for_its_funds(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    charge = earn(own_shop, own_sandbox, 5000, card="4242424242424242")

    transfer = send(own_shop, account, 4000, source_transaction=charge)

    assert transfer.transfer_group == "order-1"
    assert balance(own_shop, account) == 0
    own_sandbox.control("clock", {"advance": 2 * 24 * 3600})
    assert balance(own_shop, account) == 4000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        send(own_shop, account, 1001, source_transaction=charge)
    assert caught.value.param == "source_transaction"


def test_the_same_key_sends_once(own_shop: Shop, own_sandbox: SandboxProcess, account: str, key: str) -> None:
    earn(own_shop, own_sandbox, 5000)
    params: Any = {"amount": 800, "currency": "usd", "destination": account}

    sent = {own_shop.client.v1.transfers.create(params, {"idempotency_key": key}).id for _ in range(2)}

    assert len(sent) == 1
    assert balance(own_shop, account) == 800


def test_a_reversal_takes_back_at_most_what_was_sent(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    earn(own_shop, own_sandbox, 5000)
    transfer = send(own_shop, account, 800)
    reversals = own_shop.client.v1.transfers.reversals

    reversal = reversals.create(transfer.id, {"amount": 300})

    assert balance(own_shop, account) == 500
    with pytest.raises(stripe.InvalidRequestError):
        reversals.create(transfer.id, {"amount": 501})
    reversals.create(transfer.id)
    after = own_shop.client.v1.transfers.retrieve(transfer.id)
    assert (after.amount_reversed, after.reversed) == (800, True)
    assert reversal.id in [item.id for item in after.reversals.data]
    assert own_shop.events(type="transfer.reversed")


def test_a_reversal_needs_the_accounts_balance(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    earn(own_shop, own_sandbox, 5000)
    transfer = send(own_shop, account, 800)
    own_sandbox.control(f"accounts/{account}/payout")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        own_shop.client.v1.transfers.reversals.create(transfer.id)

    assert caught.value.code == "balance_insufficient"


@pytest.mark.parametrize(("outcome", "left"), [("paid", 0), ("failed", 800)])
def test_a_bank_payout_is_told_on_the_connect_endpoint(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, account: str, outcome: str, left: int
) -> None:
    endpoint: Any = {"url": receiver.url, "enabled_events": ["payout.paid", "payout.failed"], "connect": True}
    own_shop.client.v1.webhook_endpoints.create(endpoint)
    earn(own_shop, own_sandbox, 5000)
    send(own_shop, account, 800)

    own_sandbox.control(f"accounts/{account}/payout", {"outcome": outcome})
    own_sandbox.settle_deliveries()

    assert balance(own_shop, account) == left
    assert receiver.only(f"payout.{outcome}").event["data"]["object"]["amount"] == 800
    listed = own_shop.client.v1.payouts.list(options={"stripe_account": account}).data
    assert [payout.status for payout in listed] == [outcome]


def test_a_login_link_leads_to_the_accounts_dashboard(own_shop: Shop, account: str) -> None:
    link = own_shop.client.v1.accounts.login_links.create(account)

    assert account in visit(link.url).text


def test_an_account_without_onboarding_has_no_dashboard(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="onboarding"):
        shop.client.v1.accounts.login_links.create(open_account(shop).id)


def test_a_bank_payout_is_its_accounts_alone(
    own_shop: Shop, own_sandbox: SandboxProcess, account: str
) -> None:
    earn(own_shop, own_sandbox, 5000)
    send(own_shop, account, 800)
    payout = own_sandbox.control(f"accounts/{account}/payout")["id"]
    payouts = own_shop.client.v1.payouts

    assert payouts.retrieve(payout, options={"stripe_account": account}).amount == 800
    assert payouts.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as caught:
        payouts.retrieve(payout)
    assert (caught.value.http_status, caught.value.param) == (404, "payout")


def test_a_stranger_account_in_the_header_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.PermissionError):
        shop.client.v1.balance.retrieve(options={"stripe_account": "acct_nobody"})
