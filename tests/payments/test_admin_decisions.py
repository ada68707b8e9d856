"""Staff decide about amounts in the admin: refunds of a part, and money of a payout taken back."""

import re

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from payments.models import BankPayout, ConnectedAccount, Payout, PayoutReversal, Refund, RefundReason
from payments.services import checkout_return
from tests.factories import UserFactory
from tests.payments.paying_out import asked, seller_with, sent
from tests.payments.support import ordered, pay, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]


@pytest.fixture
def boss(client):
    """A superuser's browser."""
    user = UserFactory.create(staff=True, is_superuser=True)
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def order():
    """Paid, two items: $3.00 and $9.99."""
    buyer = UserFactory.create()
    listings = [published_listing(price_amount=price, title=f"At {price}") for price in (300, 999)]
    made = ordered(buyer, *listings)
    pay(made)
    return checkout_return(session_id=made.stripe_session_id, buyer=buyer)


@pytest.fixture
def payout():
    return sent(asked(seller_with(4800)))


def decide(browser, url, **fields):
    """Fill the page's form as it was shown, and send it."""
    shown = browser.get(url).content.decode()
    [left] = re.findall(r'name="left" value="(\d+)"', shown)
    return browser.post(url, {"note": "Because.", "left": left} | fields, follow=True)


def refund_url(order):
    return reverse("admin:payments_order_refund", args=[order.pk])


def take_back_url(payout):
    return reverse("admin:payments_payout_take_back", args=[payout.pk])


def test_a_part_of_an_item_is_refunded_on_record(boss, order):
    item = order.items.get(unit_amount=999)
    answer = decide(boss, refund_url(order), item=item.pk, amount="3.33")
    assert "$3.33 are on their way back." in answer.content.decode()
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.requested_by) == (333, RefundReason.MODERATOR, boss.user)
    assert [part.item for part in refund.items.all()] == [item]
    entry = AuditEntry.objects.get(action="order.refunded")
    assert (entry.actor, entry.subject_id, entry.detail["amount"]) == (boss.user, str(order.pk), 333)
    assert entry.detail["note"] == "Because."


def test_an_empty_amount_is_all_that_is_left(boss, order):
    decide(boss, refund_url(order), amount="2.99")
    decide(boss, refund_url(order), amount="")
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [299, 1000]


def test_a_second_click_refunds_nothing_more(boss, order):
    url = refund_url(order)
    [left] = re.findall(r'name="left" value="(\d+)"', boss.get(url).content.decode())
    fields = {"amount": "3.00", "note": "Because.", "left": left}
    boss.post(url, fields)
    again = boss.post(url, fields)
    assert "given back meanwhile" in again.content.decode()
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("amount", ["13.00", "0", "x", "-1"])
def test_a_wrong_amount_is_said_beside_its_field(boss, order, amount):
    answer = decide(boss, refund_url(order), amount=amount)
    assert 'class="errorlist"' in answer.content.decode()
    assert not Refund.objects.exists()


def test_a_reason_is_needed(boss, order):
    assert "errorlist" in decide(boss, refund_url(order), note="").content.decode()
    assert not Refund.objects.exists()


def test_another_orders_item_cannot_be_chosen(boss, order):
    other = ordered(UserFactory.create(), published_listing())
    decide(boss, refund_url(order), item=other.items.get().pk)
    assert not Refund.objects.exists()


def test_money_of_a_payout_is_taken_back_on_record(boss, payout):
    answer = decide(boss, take_back_url(payout), amount="18")
    assert "$18.00 are being taken back." in answer.content.decode()
    reversal = PayoutReversal.objects.get()
    assert (reversal.amount, reversal.requested_by, reversal.note) == (1800, boss.user, "Because.")
    assert AuditEntry.objects.filter(action="payout.taken_back", actor=boss.user).count() == 1


def test_a_second_click_takes_nothing_more_back(boss, payout):
    fields = {"amount": "10", "note": "Because.", "left": "4800"}
    boss.post(take_back_url(payout), fields)
    assert "taken back meanwhile" in boss.post(take_back_url(payout), fields).content.decode()
    assert PayoutReversal.objects.count() == 1


@pytest.mark.parametrize("name", ["payout", "order"])
def test_the_action_on_the_list_leads_to_the_page_of_one_row(boss, order, payout, name):
    row, page = (payout, "take_back") if name == "payout" else (order, "refund")
    url = reverse(f"admin:payments_{name}_changelist")
    answer = boss.post(url, {"action": page, "_selected_action": [str(row.pk)]})
    assert answer["Location"] == reverse(f"admin:payments_{name}_{page}", args=[row.pk])


@pytest.mark.parametrize("url_of", [refund_url, take_back_url])
def test_only_those_with_the_permission_decide(client, order, payout, url_of):
    row = order if url_of is refund_url else payout
    assert client.get(url_of(row)).status_code == 302
    client.force_login(UserFactory.create())
    assert client.get(url_of(row)).status_code == 302
    client.force_login(UserFactory.create(staff=True))
    assert client.post(url_of(row), {"note": "x", "left": 1}).status_code == 403
    assert not Refund.objects.exists()
    assert not PayoutReversal.objects.exists()


@pytest.mark.parametrize("model", [Payout, PayoutReversal, ConnectedAccount, BankPayout, Refund])
def test_nothing_else_of_it_is_changed_by_hand(boss, payout, model):
    name = model._meta.model_name
    assert boss.get(reverse(f"admin:payments_{name}_changelist")).status_code == 200
    assert boss.get(reverse(f"admin:payments_{name}_add")).status_code == 403
    for row in model.objects.all():
        url = reverse(f"admin:payments_{name}_change", args=[row.pk])
        assert boss.get(url).status_code == 200
        assert boss.post(url, {}).status_code == 403


def test_a_payouts_page_leads_to_taking_it_back(boss, payout):
    page = boss.get(reverse("admin:payments_payout_change", args=[payout.pk])).content.decode()
    assert take_back_url(payout) in page
