"""What a seller is told of a moderator's decision, by mail."""

import pytest
from django.core import mail

from common.models import OutboxMessage
from common.outbox import message_deliver
from listings.services.drafts import listing_update
from listings.services.review import listing_decide, listing_submit
from marketplace import notices
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db
CANARY = "xylophonic"


@pytest.fixture
def alice():
    return SellerProfileFactory(user=UserFactory(email="alice@example.test", display_name="Alice"))


@pytest.fixture
def listing(alice):
    return ListingFactory(
        seller=alice, title="Pie & cream", text=f"{CANARY} {{{{topic}}}}", instructions=CANARY
    )


def decided(listing, decision, *reasons):
    """Submit, decide, and deliver what the outbox holds."""
    listing_submit(listing=listing, by=listing.seller.user)
    listing_decide(
        listing=listing, moderator=UserFactory(staff=True), decision=decision, reasons=list(reasons)
    )
    for message in OutboxMessage.objects.filter(handled_at=None, topic__startswith="listing_"):
        assert message_deliver(message.pk)
    return mail.outbox[-1]


def parts(sent):
    return [sent.subject, sent.body, sent.alternatives[0].content]


def test_the_seller_learns_that_it_is_published_and_where(listing, settings):
    sent = decided(listing, "publish")
    assert sent.to == ["alice@example.test"]
    assert "“Pie & cream” is published" in sent.subject
    assert f"{settings.PUBLIC_URL}/prompts/{listing.slug}/" in sent.body
    assert "Pie &amp; cream" in sent.alternatives[0].content


def test_the_seller_learns_the_reasons_and_where_to_change_it(listing):
    sent = decided(listing, "reject", "The second example is <too> short.")
    assert "- The second example is <too> short." in sent.body
    assert "&lt;too&gt;" in sent.alternatives[0].content
    assert f"/sell/listings/{listing.slug}/edit/" in sent.body


@pytest.mark.parametrize("decision", ["publish", "reject"])
def test_no_mail_holds_a_word_of_the_prompt(listing, decision):
    assert not any(CANARY in part for part in parts(decided(listing, decision, "A reason.")))


def test_a_new_version_is_announced_as_one(listing):
    decided(listing, "publish")
    listing_update(listing=listing, data={"prompt": f"{CANARY} anew {{{{topic}}}}"})
    sent = decided(listing, "publish")
    assert "Version 2" in sent.body


def test_a_returned_version_says_that_the_last_stays_on_sale(listing):
    decided(listing, "publish")
    listing_update(listing=listing, data={"prompt": f"{CANARY} anew {{{{topic}}}}"})
    assert "stays on sale" in decided(listing, "reject", "No.").body


def test_a_repeated_delivery_carries_the_same_message_id(listing):
    first = decided(listing, "publish")
    notices.listing_published(OutboxMessage.objects.get(topic="listing_published"))
    assert len(mail.outbox) == 2
    assert mail.outbox[-1].extra_headers["Message-ID"] == first.extra_headers["Message-ID"]


def test_mails_are_in_the_sellers_language(alice, listing):
    alice.user.language = "fr"
    alice.user.save()
    assert '<html lang="fr">' in decided(listing, "publish").alternatives[0].content
