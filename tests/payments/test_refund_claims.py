"""Money back after reading: evidence, 72 hours for the seller, silence, a judgement, and limits."""

import pytest

from common.errors import Conflict, InvalidInput, NotFound
from payments.models import (
    ClaimStatus,
    ClaimStep,
    Entitlement,
    Order,
    OrderStatus,
    Refund,
    RefundClaim,
    RefundReason,
    StepKind,
)
from payments.queries_claims import buyer_claim, claim_story, seller_claim
from payments.services import refund_request
from payments.services.refund_claims import (
    refund_claim_accept,
    refund_claim_contest,
    refund_claim_decide,
    refund_claim_withdraw,
)
from payments.services.refunds import refund_send
from payments.tasks import refund_claims_sweep, refunds_sweep
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.claiming import bought_and_read, claim_of, claims_clock
from tests.payments.disputing import bank, disputed
from tests.payments.support import (
    balances,
    books_are_balanced,
    ordered,
    paid_order,
    published_listing,
    refunds_at_stripe,
)
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stripe_sandbox")]


def seller_of(claim: RefundClaim):
    return claim.item.seller


def kinds(claim: RefundClaim) -> list[str]:
    return list(ClaimStep.objects.filter(claim=claim).values_list("kind", flat=True))


def fresh(claim: RefundClaim) -> RefundClaim:
    return RefundClaim.objects.get(pk=claim.pk)


def is_readable(order: Order) -> bool:
    return Entitlement.objects.filter(item__order=order, revoked_at=None).exists()


def test_a_seller_who_is_silent_for_72_hours_gives_back_all_and_once():
    order = bought_and_read(999)
    claim = claim_of(order)
    with claims_clock(hours=71.9):
        refund_claims_sweep()
    assert fresh(claim).status == ClaimStatus.OPEN
    assert is_readable(order)
    with claims_clock(hours=72.1):
        refund_claims_sweep()
        refund_claims_sweep()
    claim = fresh(claim)
    assert (claim.status, kinds(claim)) == (ClaimStatus.REFUNDED, [StepKind.OPENED, StepKind.SILENCE])
    assert (claim.refund.reason, claim.refund.amount) == (RefundReason.CLAIM, 999)
    assert not is_readable(order)
    refunds_sweep()
    order.refresh_from_db()
    assert (order.status, refunds_at_stripe(order)) == (OrderStatus.REFUNDED, [999])
    assert books_are_balanced()


def test_the_deadline_met_by_ten_at_once_refunds_once():
    claim = claim_of(bought_and_read(999))
    with claims_clock(hours=73):
        assert at_once(10, lambda _: refund_claims_sweep()) == [None] * 10
    assert Refund.objects.count() == 1
    assert kinds(claim) == [StepKind.OPENED, StepKind.SILENCE]


def test_an_answer_and_the_deadline_take_turns():
    claim = claim_of(bought_and_read(999))

    def rival(number: int):
        if number % 2:
            return refund_claims_sweep()
        return refund_claim_contest(claim=claim, seller=seller_of(claim), words="It works.")

    with claims_clock(hours=73):
        outcomes = at_once(8, rival)
    late = [outcome for outcome in outcomes if outcome is not None]
    assert {getattr(error, "code", error) for error in late} <= {"too_late", "claim_closed"}
    assert fresh(claim).status == ClaimStatus.REFUNDED
    assert Refund.objects.count() == 1


def test_a_seller_who_answers_in_time_stops_the_clock_and_a_moderator_decides():
    order = bought_and_read(999)
    claim = claim_of(order)
    refund_claim_contest(claim=claim, seller=seller_of(claim), words="Use the newest model.")
    with claims_clock(days=30):
        refund_claims_sweep()
    assert fresh(claim).status == ClaimStatus.CONTESTED
    moderator = UserFactory(staff=True)
    refund_claim_decide(claim=claim, moderator=moderator, is_refunded=False, words="Example 1 comes out.")
    claim = fresh(claim)
    assert (claim.status, claim.refund) == (ClaimStatus.REFUSED, None)
    assert is_readable(order)
    with pytest.raises(Conflict) as refused:
        claim_of(order)
    assert refused.value.code == "claim_decided"


def test_a_moderator_decides_for_the_buyer():
    order = bought_and_read(300, 700)
    claim = claim_of(order)
    refund_claim_contest(claim=claim, seller=seller_of(claim), words="No.")
    moderator = UserFactory(staff=True)
    claim = refund_claim_decide(claim=claim, moderator=moderator, is_refunded=True, words="It is a list.")
    refund_send(refund_id=claim.refund.pk)
    order.refresh_from_db()
    assert (order.status, refunds_at_stripe(order)) == (OrderStatus.PARTIALLY_REFUNDED, [300])
    assert claim.refund.reason == RefundReason.MODERATOR
    words = [event.words for event in claim_story(buyer_claim(order.buyer, claim.pk))]
    assert words == [event.words for event in claim_story(seller_claim(claim.item.seller, claim.pk))]
    assert words[1:3] == ["No.", "It is a list."]


def test_a_seller_who_agrees_gives_back_at_once():
    order = bought_and_read(999)
    claim = claim_of(order)
    claim = refund_claim_accept(claim=claim, seller=seller_of(claim))
    assert (claim.status, claim.refund.reason) == (ClaimStatus.REFUNDED, RefundReason.SELLER)
    assert not is_readable(order)


def test_twenty_who_accept_and_contest_at_once_leave_one_answer():
    claim = claim_of(bought_and_read(999))

    def rival(number: int):
        if number % 2:
            return refund_claim_accept(claim=claim, seller=seller_of(claim)).status
        return refund_claim_contest(claim=claim, seller=seller_of(claim), words="No.").status

    at_once(10, rival)
    assert Refund.objects.count() == 1
    assert kinds(claim).count(StepKind.ACCEPTED) == 1
    assert kinds(claim).count(StepKind.CONTESTED) <= 1


def test_asking_twenty_times_at_once_makes_one_claim():
    order = bought_and_read(999)
    claims = at_once(10, lambda _: claim_of(order).pk)
    assert len(set(claims)) == 1
    assert kinds(RefundClaim.objects.get()) == [StepKind.OPENED]


def test_a_claim_taken_back_leaves_the_prompt_and_may_be_made_once_more():
    order = bought_and_read(999)
    for _time in range(2):
        claim = claim_of(order)
        refund_claim_withdraw(claim=claim, buyer=order.buyer)
        assert fresh(claim).status == ClaimStatus.WITHDRAWN
    assert is_readable(order)
    with pytest.raises(Conflict) as refused:
        claim_of(order)
    assert refused.value.code == "claim_decided"


@pytest.mark.parametrize(
    ("missing", "field"), [("tried", "tried"), ("model_version", "model_version"), ("output", "output")]
)
def test_a_claim_needs_what_was_tried_with_what_and_what_came_out(missing, field):
    order = bought_and_read(999)
    with pytest.raises(InvalidInput) as refused:
        claim_of(order, **{missing: " "})
    assert set(refused.value.errors) == {field}


def test_an_example_that_is_not_there_is_refused():
    order = bought_and_read(999)
    with pytest.raises(InvalidInput) as refused:
        claim_of(order, example=3)
    assert set(refused.value.errors) == {"example"}


def test_what_was_not_opened_needs_no_claim_and_what_was_free_has_none():
    with pytest.raises(Conflict) as refused:
        claim_of(paid_order(999))
    assert refused.value.code == "not_opened"
    free = ordered(UserFactory(), published_listing(price_amount=0))
    with pytest.raises(Conflict) as refused:
        claim_of(free)
    assert refused.value.code == "not_refundable"


def test_after_a_fortnight_it_is_too_late_to_ask():
    order = bought_and_read(999)
    with claims_clock(days=14.1), pytest.raises(Conflict) as refused:
        claim_of(order)
    assert refused.value.code == "claim_too_late"


def test_strangers_find_no_claim():
    order = bought_and_read(999)
    claim = claim_of(order)
    charlie, other_seller = UserFactory(), SellerProfileFactory()
    for act in (
        lambda: buyer_claim(charlie, claim.pk),
        lambda: seller_claim(other_seller, claim.pk),
        lambda: refund_claim_withdraw(claim=claim, buyer=charlie),
        lambda: refund_claim_accept(claim=claim, seller=other_seller),
        lambda: refund_claim_contest(claim=claim, seller=other_seller, words="No."),
        lambda: refund_claim_decide(claim=claim, moderator=charlie, is_refunded=True, words="Yes."),
    ):
        with pytest.raises(NotFound):
            act()
    assert kinds(claim) == [StepKind.OPENED]


def test_a_moderator_decides_no_claim_of_their_own():
    order = bought_and_read(999)
    claim = claim_of(order)
    refund_claim_contest(claim=claim, seller=seller_of(claim), words="No.")
    order.buyer.is_staff = True
    order.buyer.save()
    with pytest.raises(Conflict) as refused:
        refund_claim_decide(claim=claim, moderator=order.buyer, is_refunded=True, words="Yes.")
    assert refused.value.code == "own_claim"


def test_a_chargeback_meanwhile_holds_the_refund_and_a_lost_one_closes_the_claim():
    order = bought_and_read(999)
    claim = claim_of(order)
    dispute = disputed(order)
    with claims_clock(hours=73):
        refund_claims_sweep()
    assert (fresh(claim).status, kinds(claim)) == (ClaimStatus.OPEN, [StepKind.OPENED])
    bank(dispute, "close", outcome="lost")
    with claims_clock(hours=73):
        refund_claims_sweep()
    assert fresh(claim).status == ClaimStatus.CLOSED
    assert not Refund.objects.exists()
    assert books_are_balanced()


def test_a_chargeback_that_is_won_lets_silence_refund():
    order = bought_and_read(999)
    claim = claim_of(order)
    bank(disputed(order), "close", outcome="won")
    with claims_clock(hours=73):
        refund_claims_sweep()
    assert fresh(claim).status == ClaimStatus.REFUNDED


def test_no_claim_while_a_bank_decides():
    order = bought_and_read(999)
    disputed(order)
    with pytest.raises(Conflict) as refused:
        claim_of(order)
    assert refused.value.code == "disputed"


def test_after_a_refund_of_a_part_silence_gives_the_rest():
    order = bought_and_read(999)
    claim = claim_of(order)
    part = refund_request(order=order, by=None, reason=RefundReason.SELLER, amount=333)
    refund_send(refund_id=part.pk)
    with claims_clock(hours=73):
        refund_claims_sweep()
    refund_send(refund_id=fresh(claim).refund.pk)
    assert sorted(refunds_at_stripe(order)) == [333, 666]
    assert "seller_pending" not in balances()
    assert books_are_balanced()


def test_a_refund_made_otherwise_closes_the_claim():
    order = bought_and_read(999)
    claim = claim_of(order)
    refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    refund_claims_sweep()
    assert (fresh(claim).status, kinds(claim)[-1]) == (ClaimStatus.CLOSED, StepKind.CLOSED)


def test_silence_does_not_take_a_balance_below_what_it_bears(settings):
    order = bought_and_read(999)
    claim = claim_of(order)
    settings.SELLER_OVERDRAFT_AMOUNT = -1000
    with claims_clock(hours=73):
        refund_claims_sweep()
    claim = fresh(claim)
    assert (claim.status, claim.refund) == (ClaimStatus.CONTESTED, None)
    assert kinds(claim) == [StepKind.OPENED, StepKind.SILENCE, StepKind.REFERRED]
    refund_claim_decide(claim=claim, moderator=UserFactory(staff=True), is_refunded=True, words="Yes.")
    assert Refund.objects.get().reason == RefundReason.MODERATOR


def test_a_buyer_who_gives_back_often_goes_to_a_moderator(settings):
    order = bought_and_read(300, 300, 300, 300)
    claims = list(order.items.order_by("pk"))
    settings.REFUND_SHARE_PERCENT = 30
    for item in claims[1:]:
        refund_request(order=order, by=None, reason=RefundReason.CLAIM, item=item)
    claim = claim_of(order)
    assert (claim.status, kinds(claim)) == (ClaimStatus.CONTESTED, [StepKind.OPENED, StepKind.REFERRED])
    refund_claim_contest(claim=claim, seller=seller_of(claim), words="Again.")
    assert fresh(claim).status == ClaimStatus.CONTESTED


def test_few_claims_at_once(settings):
    settings.REFUND_CLAIMS_AT_ONCE = 1
    order = bought_and_read(999)
    claim_of(order)
    other = bought_and_read(999)
    Order.objects.filter(pk=other.pk).update(buyer=order.buyer)
    Entitlement.objects.filter(item__order=other).update(buyer=order.buyer)
    other.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        claim_of(other)
    assert refused.value.code == "too_many_claims"


def test_many_refunds_of_unopened_prompts_need_a_person_at_last(settings):
    settings.REFUNDS_AT_ONCE_PER_MONTH = 2
    order = paid_order(300, 300, 300)
    first, second, third = order.items.order_by("pk")
    for item in (first, second):
        refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST, item=item)
    with pytest.raises(Conflict) as refused:
        refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST, item=third)
    assert refused.value.code == "refund_needs_review"


def test_a_claim_shows_no_text_of_the_prompt():
    claim = buyer_claim(claim_of(bought_and_read(999)).buyer, RefundClaim.objects.get().pk)
    assert {"text", "instructions"} <= claim.version.get_deferred_fields()


def test_an_answer_after_the_deadline_is_too_late_though_no_sweeper_was_there():
    claim = claim_of(bought_and_read(999))
    with claims_clock(hours=72.1), pytest.raises(Conflict) as refused:
        refund_claim_contest(claim=claim, seller=seller_of(claim), words="It works.")
    assert refused.value.code == "too_late"
    assert kinds(claim) == [StepKind.OPENED]
