"""Asking for money back in the library: closed until shown, then with evidence; three pages, one story."""

import io

import pytest
from django.core import mail
from django.test import Client
from PIL import Image

from accounts.models import User
from common.models import OutboxMessage
from common.outbox import message_deliver
from listings.models import Listing
from payments.models import ClaimStatus, Entitlement, Order, Refund, RefundClaim
from payments.services import checkout_return, order_create
from payments.services.claim_steps import STEPPED_TOPIC
from tests.factories import UserFactory
from tests.marketplace.buying.conftest import TEXT, signed_in
from tests.payments.support import pay

pytestmark = pytest.mark.usefixtures("stripe_sandbox")

EVIDENCE = {
    "example": "1",
    "tried": "Ada, warm",
    "model_version": "GPT-5.2",
    "output": "A <b>list</b>, not a letter.",
}


@pytest.fixture
def bought(alice: User, listing: Listing) -> Entitlement:
    """Alice paid $4.99 and has not opened it."""
    order = order_create(buyer=alice, listing_slugs=[listing.slug])
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=alice)
    return Entitlement.objects.get(buyer=alice)


@pytest.fixture
def claim(bought: Entitlement, as_alice: Client) -> RefundClaim:
    as_alice.post(f"/library/{bought.pk}/open/")
    assert as_alice.post(f"/library/{bought.pk}/refund/", EVIDENCE).status_code == 303
    return RefundClaim.objects.get()


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def told() -> list[tuple[str, list[str]]]:
    """Subjects and addresses of the mails that the claims' messages send now."""
    mail.outbox.clear()
    for message in OutboxMessage.objects.filter(topic=STEPPED_TOPIC, handled_at=None).order_by("pk"):
        assert message_deliver(message.pk)
    return [(message.subject, message.to) for message in mail.outbox]


def test_what_was_paid_for_stays_closed_until_it_is_shown(bought: Entitlement, as_alice: Client) -> None:
    page = text(as_alice, bought.get_absolute_url())
    assert "Show the prompt" in page
    assert "Zebrafinch" not in page
    bought.refresh_from_db()
    assert bought.first_read_at is None
    assert as_alice.get(f"/library/{bought.pk}/open/").status_code == 405
    assert as_alice.post(f"/library/{bought.pk}/open/").status_code == 302
    assert "Zebrafinch" in text(as_alice, bought.get_absolute_url())


def test_what_was_free_opens_at_once(owned: Entitlement, as_alice: Client) -> None:
    assert "Zebrafinch" in text(as_alice, owned.get_absolute_url())


def test_the_unopened_is_given_back_from_the_library(bought: Entitlement, as_alice: Client) -> None:
    assert "Give me $4.99 back" in text(as_alice, f"/library/{bought.pk}/refund/")
    assert as_alice.post(f"/library/{bought.pk}/refund/", {"note": ""}).status_code == 303
    assert Refund.objects.get().amount == 499
    assert as_alice.get(bought.get_absolute_url()).status_code == 404


def test_a_claim_is_the_same_story_for_both_sides_and_shows_no_text(
    claim: RefundClaim, listing: Listing, as_alice: Client
) -> None:
    as_bob, moderator = signed_in(listing.seller.user), UserFactory.create(staff=True)
    path = f"/sell/sales/claims/{claim.pk}/"
    page = text(as_bob, path)
    assert "A &lt;b&gt;list&lt;/b&gt;, not a letter." in page
    assert "Dear Ada" in page
    assert "alice@example.test" not in page
    assert "Zebrafinch" not in page
    assert as_bob.post(path, {"answer": "contest", "words": " "}).status_code == 400
    assert as_bob.post(path, {"answer": "contest", "words": "Use GPT-5.2 Pro."}).status_code == 303
    desk = signed_in(moderator)
    assert str(claim.pk) in text(desk, "/moderation/refunds/")
    for client, where in (
        (as_alice, f"/account/refunds/{claim.pk}/"),
        (as_bob, path),
        (desk, f"/moderation/refunds/{claim.pk}/"),
    ):
        page = text(client, where)
        assert "Use GPT-5.2 Pro." in page
        assert "The seller disagrees" in page
        assert TEXT not in page
    decided = {"decision": "refund", "words": "It is a list."}
    assert desk.post(f"/moderation/refunds/{claim.pk}/", decided).status_code == 302
    assert "It is a list." in text(as_alice, f"/account/refunds/{claim.pk}/")
    assert "It is a list." in text(as_bob, path)
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.REFUNDED


def test_strangers_find_no_claim_and_no_picture(
    claim: RefundClaim, as_charlie: Client, as_alice: Client, listing: Listing
) -> None:
    for path in (f"/account/refunds/{claim.pk}/", f"/account/refunds/{claim.pk}/picture.webp"):
        assert as_charlie.get(path).status_code == 404
    assert as_charlie.get(f"/moderation/refunds/{claim.pk}/").status_code == 404
    assert signed_in(listing.seller.user).get(f"/account/refunds/{claim.pk}/").status_code == 404


def test_a_picture_is_made_anew_and_seen_by_the_sides_alone(
    bought: Entitlement, as_alice: Client, as_charlie: Client, listing: Listing
) -> None:
    as_alice.post(f"/library/{bought.pk}/open/")
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, "PNG")
    file.seek(0)
    file.name = "shot.png"
    assert as_alice.post(f"/library/{bought.pk}/refund/", EVIDENCE | {"picture": file}).status_code == 303
    path = f"/account/refunds/{RefundClaim.objects.get().pk}/picture.webp"
    for client in (as_alice, signed_in(listing.seller.user), signed_in(UserFactory.create(staff=True))):
        response = client.get(path)
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
        assert "no-store" in response["Cache-Control"]
    assert as_charlie.get(path).status_code == 404


def test_a_form_that_is_refused_keeps_what_was_typed(bought: Entitlement, as_alice: Client) -> None:
    as_alice.post(f"/library/{bought.pk}/open/")
    response = as_alice.post(f"/library/{bought.pk}/refund/", EVIDENCE | {"model_version": ""})
    assert response.status_code == 400
    page = response.content.decode()
    assert "Ada, warm" in page
    assert "not a letter." in page
    assert not RefundClaim.objects.exists()


def test_each_step_is_mailed_to_the_other_side_and_quotes_no_evidence(
    claim: RefundClaim, listing: Listing, as_alice: Client, alice: User
) -> None:
    seller = listing.seller.user
    assert {subject: to for subject, to in told()} == {
        "Answer needed: refund of “Letters that land”": [seller.email],
        "You asked for a refund of “Letters that land”": [alice.email],
    }
    assert not any("not a letter" in message.body for message in mail.outbox)
    as_bob = signed_in(seller)
    as_bob.post(f"/sell/sales/claims/{claim.pk}/", {"answer": "contest", "words": "It works."})
    assert [to for _subject, to in told()] == [[alice.email]]
    assert "It works." in mail.outbox[0].body
    as_alice.post(f"/account/refunds/{claim.pk}/withdraw/")
    assert [to for _subject, to in told()] == [[seller.email]]


def test_a_seller_who_agrees_gives_it_back(claim: RefundClaim, listing: Listing) -> None:
    as_bob = signed_in(listing.seller.user)
    assert "1 buyer asks for the money back" in text(as_bob, "/sell/sales/")
    assert as_bob.post(f"/sell/sales/claims/{claim.pk}/", {"answer": "accept"}).status_code == 303
    assert Refund.objects.get().amount == 499
    assert "Refunded" in text(as_bob, f"/sell/sales/claims/{claim.pk}/")


def test_the_library_leads_to_the_open_claim(
    claim: RefundClaim, bought: Entitlement, as_alice: Client
) -> None:
    assert f"/account/refunds/{claim.pk}/" in text(as_alice, bought.get_absolute_url())
    assert as_alice.get(f"/library/{bought.pk}/refund/").status_code == 302
    assert Order.objects.get().items.count() == 1
