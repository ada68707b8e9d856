"""Prompts with a word that must not be found, and all that money does with them, for test_canary."""

import datetime
from dataclasses import dataclass

from accounts.models import SellerProfile, User
from common import clock
from common.outbox import message_publish
from listings.models import ImportJob, ImportState, Listing, ListingStatus
from listings.search import search_row_refresh
from listings.services.import_jobs import import_start, import_upload
from marketplace.community.asking import question_answer, question_ask
from marketplace.community.following import follow_add, target_get
from marketplace.models import EditorDraft, Notification
from payments.models import Dispute, Entitlement, Finding, Order, PayoutTrigger, RefundReason
from payments.services import checkout_return, entitlement_open, order_create, refund_request
from payments.services.evidence import evidence_draft, evidence_request, evidence_submit
from payments.services.gift_mails import gift_send
from payments.services.gifts import GiftWish
from payments.services.payouts import payout_request, payout_send
from payments.services.reconciliation import reconciliation_run
from payments.services.refund_claim_open import ClaimEvidence, refund_claim_open
from payments.services.refunds import refund_send
from tests.factories import ListingFactory, PromptVersionFactory, SellerProfileFactory, UserFactory
from tests.payments.disputing import disputed
from tests.payments.paying_out import AVAILABLE_AT_ONCE, earn, onboard
from tests.payments.support import ordered, pay, sandbox
from tests.payments.waiting import until

CANARY = "quokkafeather"
# Stands in the text as well. A search for it may be echoed by the page, and must find nothing.
SEARCHED = "wombatlantern"


@dataclass
class Scene:
    """A published listing of two versions with the word in text and instructions, a draft, and people around.

    One buyer's payment is disputed and answered, the seller is paid, and books and Stripe differ in a cent.
    """

    listing: Listing
    draft: Listing
    owner: User
    buyer: User
    refunded: User
    rival: SellerProfile
    staff: User
    disputing: User
    dispute: Dispute
    claiming: User


def scene_set() -> Scene:
    secret = {"text": f"{CANARY} {SEARCHED} about {{{{topic}}}}", "instructions": f"Say {CANARY} twice."}
    listing = ListingFactory(status=ListingStatus.PUBLISHED, title="A fine listing", **secret)
    draft = ListingFactory(seller=listing.seller, title="A draft", **secret)
    EditorDraft.objects.create(listing=draft, data={"prompt": f"{CANARY} typed", "title": "Half typed"})
    now, second = clock.now(), {name: f"{text} Newer." for name, text in secret.items()}
    PromptVersionFactory(listing=listing, number=2, sealed_at=now, published_at=now, **second)
    search_row_refresh(listing.pk)
    imported_by(listing.seller)
    sandbox("reset")
    disputing, buyer, refunded = UserFactory(), UserFactory(), UserFactory()
    dispute = answered_dispute(bought_by(disputing, listing))
    seller_paid(listing.seller)
    bought_by(buyer, listing)
    given_by(buyer, listing)
    order = bought_by(refunded, listing)
    sandbox("platform/adjustment", {"amount": -1})
    assert reconcile_till_found()
    refund_send(refund_id=refund_request(order=order, by=None, reason=RefundReason.MODERATOR).pk)
    assert Entitlement.objects.get(buyer=refunded).revoked_at
    staff = UserFactory(is_staff=True, is_superuser=True)
    told_and_asked(listing, buyer)
    return Scene(
        listing,
        draft,
        listing.seller.user,
        buyer,
        refunded,
        SellerProfileFactory(),
        staff,
        disputing,
        dispute,
        claiming_buyer(listing),
    )


def told_and_asked(listing: Listing, buyer: User) -> None:
    """The second version is told to its buyers by mail, the listing is followed, asked about and answered.

    Who asks gives their name; the buyers of this scene stay unknown to the seller.
    """
    asker = UserFactory()
    message_publish("listing_published", subject=listing.pk, payload={"version": 2})
    question = question_ask(user=asker, listing=listing, text="Does it rhyme as well?")
    question_answer(seller=listing.seller, question_id=question.pk, text="In every verse.")
    follow_add(user=buyer, target=target_get("seller", listing.seller.handle))
    told = Notification.objects.filter(mailed_at__isnull=False)
    assert until(lambda: told.filter(user=buyer, kind="version").exists())
    assert until(lambda: told.filter(user=asker, kind="answer").exists())


def claiming_buyer(listing: Listing) -> User:
    """Has read it and asks for the money back, with evidence that quotes it."""
    person = UserFactory()
    entitlement = entitlement_of(bought_by(person, listing))
    entitlement_open(entitlement=entitlement, via="page", address="203.0.113.9")
    evidence = ClaimEvidence(
        tried=f"All of {CANARY}.", model_version="GPT-5.2", output=f"It repeats {CANARY}.", example=1
    )
    refund_claim_open(entitlement=entitlement, buyer=person, evidence=evidence)
    return person


def given_by(buyer: User, listing: Listing) -> None:
    """A gift that nobody has claimed, its mail sent."""
    wish = GiftWish("friend@example.test", "Enjoy it.")
    order = order_create(buyer=buyer, listing_slugs=[listing.slug], gift=wish)
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    gift_send(gift_id=order.gift.pk)


def imported_by(seller: SellerProfile) -> None:
    """One file imported, and one that waits for the seller's word."""
    for number in (1, 2):
        content = f"act,prompt\nFrom a file {number},{CANARY} {number}\nToo cheap,{CANARY}\n,{CANARY}\n"
        job = import_upload(seller=seller, file_name="mine.csv", content=content.encode())
        assert until(lambda pk=job.pk: ImportJob.objects.get(pk=pk).state == ImportState.CHECKED)
        if number == 1:
            import_start(job=job)
            assert until(lambda pk=job.pk: ImportJob.objects.get(pk=pk).state == ImportState.DONE)


def bought_by(person: User, listing: Listing) -> Order:
    order = ordered(person, listing)
    pay(order, AVAILABLE_AT_ONCE)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=person)


def entitlement_of(order: Order) -> Entitlement:
    return Entitlement.objects.select_related("item", "version").get(buyer=order.buyer)


def answered_dispute(order: Order) -> Dispute:
    """Opened by the buyer, disputed at the bank, and answered to it."""
    entitlement_open(entitlement=entitlement_of(order), via="page", address="203.0.113.7")
    dispute = disputed(order)
    evidence_draft(dispute_pk=dispute.pk)
    evidence = evidence_request(dispute_pk=dispute.pk, by=None)
    evidence_submit(evidence_pk=evidence.pk)
    return dispute


def seller_paid(seller: SellerProfile) -> None:
    earn(seller, 4800)
    onboard(seller)
    payout = payout_request(seller=seller, by=seller.user, trigger=PayoutTrigger.REQUEST, amount=1000)
    payout_send(payout_id=payout.pk)


def reconcile_till_found() -> bool:
    reconciliation_run(now=clock.now() + datetime.timedelta(minutes=10))
    return Finding.objects.filter(resolved_at=None).exists()
