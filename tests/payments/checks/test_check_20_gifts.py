"""A gift is claimed by one of however many come with its link, and read by nobody else."""

import threading
from typing import Any

import pytest
from django.db import connection

from common.errors import DomainError
from payments.models import Entitlement
from payments.services import checkout_return, order_create, refund_request
from payments.services.gifts import GiftWish, gift_claim, gift_secret
from tests.factories import UserFactory
from tests.payments.support import pay, published_listing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stripe_sandbox")]


def given() -> Any:
    listing = published_listing(price_amount=999)
    order = order_create(
        buyer=UserFactory.create(), listing_slugs=[listing.slug], gift=GiftWish("a@example.test")
    )
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer).gift


def at_once(*acts: Any) -> list[str]:
    outcomes: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Any) -> None:
        start.wait()
        try:
            act()
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_check_20_of_twenty_who_claim_a_gift_at_once_one_gets_it():
    gift = given()
    people = UserFactory.create_batch(20)
    claims = [lambda by=by: gift_claim(gift_id=gift.pk, secret=gift_secret(gift), by=by) for by in people]
    outcomes = at_once(*claims)
    assert sorted(outcomes) == ["done"] + ["gift_claimed"] * 19
    gift.refresh_from_db()
    assert [owned.buyer_id for owned in Entitlement.objects.filter(revoked_at=None)] == [gift.claimed_by_id]


def test_check_20_a_gift_is_claimed_or_taken_back_and_never_both():
    for _ in range(3):
        gift, friend = given(), UserFactory.create()
        outcomes = at_once(
            lambda: gift_claim(gift_id=gift.pk, secret=gift_secret(gift), by=friend),  # noqa: B023
            lambda: refund_request(order=gift.order, by=None, reason="moderator"),  # noqa: B023
        )
        assert "done" in outcomes
        assert not Entitlement.objects.filter(buyer=friend, revoked_at=None).exists()
