"""Every Monday everyone who has enough is paid, once, also when the run is late, doubled or killed."""

import datetime

import pytest
from celery.schedules import crontab
from django.conf import settings

from accounts.models import User
from common import clock
from payments.models import ConnectedAccount, Payout, PayoutRun, PayoutStatus, PayoutTrigger
from payments.queries_payouts import next_weekly_payout_at, week_begins
from payments.services import payouts_weekly
from payments.services.payouts_weekly import weekly_payouts_make
from tests.payments.paying_out import (
    account_of,
    asked,
    available_of,
    books_equal_stripe,
    clocks_ahead,
    earn,
    fault,
    onboard,
    seller_with,
    sent,
    transfers,
)
from tests.payments.support import sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]
UTC = datetime.UTC


def paid_weekly() -> list[int]:
    """Amounts of the weekly payouts, all of them sent now."""
    payouts = Payout.objects.filter(trigger=PayoutTrigger.WEEKLY).order_by("pk")
    return [sent(payout).amount for payout in payouts]


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (datetime.datetime(2026, 3, 2, 0, 0, tzinfo=UTC), datetime.datetime(2026, 3, 2, tzinfo=UTC)),
        (datetime.datetime(2026, 3, 8, 23, 59, 59, tzinfo=UTC), datetime.datetime(2026, 3, 2, tzinfo=UTC)),
        (
            datetime.datetime(2026, 3, 2, 0, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
            datetime.datetime(2026, 2, 23, tzinfo=UTC),
        ),
    ],
)
def test_a_week_begins_on_monday_in_utc(moment, monday):
    assert week_begins(moment) == monday


def test_the_next_payout_is_on_the_coming_monday():
    coming = next_weekly_payout_at()
    assert (coming.weekday(), coming.hour) == (0, 0)
    assert datetime.timedelta() < coming - clock.now() <= datetime.timedelta(days=7)


def test_beat_runs_it_on_monday_and_makes_up_for_a_missed_one():
    schedules = [
        entry["schedule"]
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == "payments.payouts_weekly"
    ]
    assert crontab(minute=0, hour=0, day_of_week="mon") in schedules
    assert 600 in schedules


def test_whoever_has_enough_and_can_be_paid_is_paid():
    rich, poor = seller_with(4800), seller_with(800)
    without_account = seller_with(4800, onboarded=False)
    weekly_payouts_make()
    assert paid_weekly() == [4800]
    assert [available_of(seller) for seller in (rich, poor, without_account)] == [0, 800, 4800]
    assert PayoutRun.objects.get().payouts_count == 1
    assert books_equal_stripe()


def test_a_second_run_in_the_week_pays_nothing():
    seller = seller_with(4800)
    weekly_payouts_make()
    earn(seller, 4000)
    weekly_payouts_make()
    assert (paid_weekly(), available_of(seller)) == ([4800], 4000)


def test_a_run_that_was_killed_is_finished_and_pays_nobody_twice(monkeypatch):
    first, second = seller_with(4800), seller_with(4000)

    def killed_after_the_first(seller_id: int) -> bool:
        if seller_id == second.pk:
            raise SystemExit
        return pay(seller_id)

    pay = payouts_weekly._pay
    with monkeypatch.context() as patch:
        patch.setattr(payouts_weekly, "_pay", killed_after_the_first)
        with pytest.raises(SystemExit):
            weekly_payouts_make()
    assert PayoutRun.objects.get().finished_at is None
    earn(first, 4800)
    weekly_payouts_make()
    assert paid_weekly() == [4800, 4000]
    assert (available_of(first), PayoutRun.objects.get().finished_at is not None) == (4800, True)


def test_the_next_week_pays_again_and_a_missed_week_is_not_paid_twice():
    seller = seller_with(4800)
    weekly_payouts_make()
    earn(seller, 4000)
    with clocks_ahead(days=14):
        weekly_payouts_make()
        weekly_payouts_make()
        assert paid_weekly() == [4800, 4000]
    assert PayoutRun.objects.count() == 2


def test_what_was_asked_for_by_hand_does_not_stand_in_the_way():
    seller = seller_with(4800)
    sent(asked(seller, 1000))
    weekly_payouts_make()
    assert paid_weekly() == [3800]


def test_an_account_whose_good_news_was_lost_is_asked_about():
    seller = seller_with(4800)
    ConnectedAccount.objects.update(transfers_active=False)
    weekly_payouts_make()
    assert (paid_weekly(), account_of(seller).can_be_paid) == ([4800], True)


def test_a_seller_who_was_shut_out_is_not_paid():
    seller = seller_with(4800)
    waiting = asked(seller, amount=2000)
    User.objects.filter(pk=seller.user_id).update(is_active=False)
    weekly_payouts_make()
    assert [payout.trigger for payout in Payout.objects.all()] == [PayoutTrigger.REQUEST]
    assert (sent(waiting).status, transfers()) == (PayoutStatus.FAILED, [])
    assert available_of(seller) == 4800


def test_a_restricted_account_is_passed_over():
    restricted, good = seller_with(4800), seller_with(4000)
    sandbox(f"accounts/{account_of(restricted).stripe_account_id}/restrict")
    ConnectedAccount.objects.filter(seller=restricted).update(transfers_active=False)
    weekly_payouts_make()
    assert paid_weekly() == [4000]
    assert [available_of(seller) for seller in (restricted, good)] == [4800, 0]
    assert PayoutRun.objects.get().finished_at is not None


def test_while_stripe_is_away_the_run_stays_open_and_is_made_up_for():
    seller = seller_with(4800)
    ConnectedAccount.objects.update(transfers_active=False)
    fault("GET", "/v1/accounts/*", kind="error", times=2)
    weekly_payouts_make()
    assert (paid_weekly(), PayoutRun.objects.get().finished_at) == ([], None)
    weekly_payouts_make()
    assert (paid_weekly(), available_of(seller)) == ([4800], 0)


def test_a_weekly_payout_that_failed_is_not_tried_again_in_the_week():
    seller = seller_with(4800)
    weekly_payouts_make()
    sandbox(f"accounts/{account_of(seller).stripe_account_id}/restrict")
    assert sent(Payout.objects.get()).status == "failed"
    PayoutRun.objects.update(finished_at=None)
    onboard(seller)
    weekly_payouts_make()
    assert (Payout.objects.count(), available_of(seller)) == (1, 4800)
