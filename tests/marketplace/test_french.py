"""Every page is wholly in French for those who read French.

What is the same on the English and on the French page, and is not what a person wrote, was forgotten.
"""

from dataclasses import dataclass

import pytest
from babel.messages.pofile import read_po
from django.core import mail
from django.core.mail import EmailMessage
from django.db.models import F
from django.test import Client

from accounts.models import SellerProfile, User
from accounts.services import token_create
from common.models import OutboxMessage
from common.translations_extract import po_path
from listings.models import Category, Listing, ListingStatus, ModerationDecision, PromptVersion, TargetModel
from marketplace.models import Review
from marketplace.notices import listing_published, listing_rejected
from marketplace.pages.selling_fields import LANGUAGE_CHOICES
from payments.mails import payment_failed_send, receipt_send, sellers_notify
from payments.models import Entitlement, Order, OrderStatus
from payments.services import order_create
from tests.factories import PASSWORD, CategoryFactory, ListingFactory, SellerProfileFactory, UserFactory
from tests.marketplace.selling.sales import sold
from tests.support.reading import foreign_words, shown_texts

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "fr")
NAMES = {"promptfair", "stripe", "utc", "sites"}


@dataclass(frozen=True)
class Scene:
    """Alice buys, Bob sells, Charlie is new, Dora moderates. They write `xq` words, in neither language."""

    alice: User
    bob: SellerProfile
    charlie: User
    dora: User
    listing: Listing
    entitlement: Entitlement
    order: Order
    sale: Order


@pytest.fixture
def scene() -> Scene:
    bob = SellerProfileFactory(name="Xqbob", handle="xqbob", bio="Xqbio.", user__display_name="Xqbob")
    alice, charlie = (
        UserFactory(display_name="Xqalice"),
        UserFactory(display_name="Xqcharlie", verified=False),
    )
    dora = UserFactory(display_name="Xqdora", staff=True)
    category = CategoryFactory(slug="writing", name="Xqkategory", name_fr="Xqkategory")
    texts = {
        "seller": bob,
        "category": category,
        "summary": "Xqsummary",
        "description": "Xqdescription",
        "description_html": "<p>Xqtext</p>",
        "tags": ["xqtag"],
        "text": "Xqtext {{xqtopic}}",
        "examples": [{"values": {"xqtopic": "Xqvalue"}, "output_text": "Xqoutput"}] * 2,
    }
    for status in ListingStatus:
        ListingFactory(slug=f"xq-{status}", title="Xqtitle", status=status, **texts)
    ModerationDecision.objects.create(
        version=PromptVersion.objects.get(listing__slug="xq-published"), moderator=charlie, decision="publish"
    )
    ModerationDecision.objects.update(reasons=["Xqreason"])
    listing = Listing.objects.get(slug="xq-published")
    ListingFactory(slug="xq-free", title="Xqfree", price_amount=0, status=ListingStatus.PUBLISHED, **texts)
    sale = sold(listing, is_released=True).order
    sold(listing, refunded_amount=100)
    order = order_create(buyer=alice, listing_slugs=["xq-free"])
    entitlement = Entitlement.objects.get(buyer=alice)
    Review.objects.create(
        listing=entitlement.listing, entitlement=entitlement, buyer=alice, stars=4, text="Xqreview"
    )
    for status in (OrderStatus.EXPIRED, OrderStatus.CANCELED, OrderStatus.PENDING):
        unpaid = sold(listing).order
        unpaid.buyer, unpaid.status, unpaid.paid_at = alice, status, None
        unpaid.save()
    token_create(user=alice, name="Xqtoken", scopes=["library:read"])
    return Scene(alice, bob, charlie, dora, listing, entitlement, order, sale)


ANYONE = [
    "/",
    "/prompts/",
    "/prompts/?q=xq",
    "/prompts/?q=xqzz&min_price=9&max_price=1",
    "/prompts/?free=1&rating=4",
    "/prompts/xq-published/",
    "/prompts/xq-free/",
    "/prompts/no-such-prompt/",
    "/models/chatgpt/",
    "/categories/writing/",
    "/sellers/xqbob/",
    "/cart/",
    "/sell/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-set-password/",
    "/accounts/confirm-email/no-such-key/",
    "/accounts/inactive/",
]
SIGNED_IN = [
    "/account/",
    "/account/tokens/",
    "/account/orders/",
    "/library/",
    "/library/?q=xqzz",
    "/checkout/?listing=xq-published",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
BUYER = [
    "/prompts/xq-free/",
    "/checkout/?listing=xq-free",
    "/library/{entitlement}/",
    "/account/orders/{order}/",
    "/account/orders/{expired}/",
    "/account/orders/{canceled}/",
    "/account/orders/{pending}/",
    "/account/orders/{order}/refund/",
]
SELLER = [
    "/prompts/xq-published/",
    "/sell/",
    "/sell/listings/",
    "/sell/listings/?status=draft",
    "/sell/listings/?q=xqzz",
    "/sell/listings/new/",
    *(f"/sell/listings/xq-{status}/edit/" for status in ListingStatus),
    "/sell/listings/xq-draft/preview/",
    "/sell/listings/xq-draft/delete/",
    "/sell/listings/xq-published/delete/",
    "/sell/sales/",
    "/sell/payouts/",
]
MODERATOR = [
    "/admin/",
    "/admin/listings/submittedversion/",
    "/admin/listings/submittedversion/{submission}/change/",
]
PATHS = {
    "nobody": ANYONE,
    "charlie": [*SIGNED_IN, "/sell/"],
    "alice": [*SIGNED_IN, *BUYER],
    "bob": [*SIGNED_IN, *SELLER],
    "dora": MODERATOR,
}


# What is refused, each with a message at a field or above the form.
REFUSED = [
    ("nobody", "/accounts/login/", {"login": "xq@example.test", "password": "xq"}),
    ("nobody", "/accounts/signup/", {"email": "xq", "password1": "xq"}),
    ("nobody", "/accounts/password/reset/", {"email": "xq"}),
    ("alice", "/accounts/password/change/", {"oldpassword": "xq", "password1": "xq", "password2": "xqq"}),
    ("alice", "/accounts/email/", {"action_add": "", "email": "xq"}),
    ("alice", "/account/", {"display_name": "", "handle": "!", "language": "xx"}),
    ("alice", "/account/tokens/", {"name": "", "expiry": "1"}),
    ("charlie", "/sell/", {"name": "", "handle": "!"}),
    ("bob", "/sell/listings/new/", {"title": "xq" * 90, "price": "xq", "model": "xq", "category": "xq"}),
    ("bob", "/sell/listings/xq-draft/edit/", {"submit": "1", "title": "", "price": "1", "prompt": ""}),
    ("bob", "/sell/listings/xq-published/edit/", {"title": "Xqother", "price": "2000"}),
    ("alice", "/checkout/", {"listing": "xq-free"}),
    ("alice", "/library/{entitlement}/render/", {"xqtopic": ""}),
]


@pytest.fixture(scope="module")
def same_words() -> set[str]:
    """The words that stand in both languages: those of messages that are their own translation."""
    with po_path("fr").open("rb") as file:
        same = [str(message.id) for message in read_po(file, locale="fr") if message.id == message.string]
    return NAMES.union(*map(foreign_words, same))


@pytest.mark.parametrize("who", PATHS)
def test_pages_in_french_hold_nothing_in_english(scene, same_words, who):
    pages = {path: [visit(scene, who, path, language) for language in LANGUAGES] for path in PATHS[who]}
    assert forgotten(pages, same_words) == {}


def test_refusals_in_french_hold_nothing_in_english(scene, same_words):
    pages = {
        path: [visit(scene, who, path, language, typed) for language in LANGUAGES]
        for who, path, typed in REFUSED
    }
    assert forgotten(pages, same_words) == {}


def test_mails_in_french_hold_nothing_in_english(scene, same_words, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    english, french = (mails(scene, language) for language in LANGUAGES)
    assert len(english) == len(french) == 9
    pairs = {str(number): list(pair) for number, pair in enumerate(zip(english, french, strict=True))}
    assert forgotten(pairs, same_words) == {}


def forgotten(pages: dict[str, list[str]], same_words: set[str]) -> dict[str, set[str]]:
    """By page, the texts that stand in its English and in its French form alike."""
    same = same_words | vocabulary_words()
    found = {}
    for path, (english, french) in pages.items():
        texts = shown_texts(english)
        assert texts - shown_texts(french), f"{path} is the same in both languages."
        found[path] = {text for text in texts & shown_texts(french) if foreign_words(text) - same}
    return {path: texts for path, texts in found.items() if texts}


def visit(scene: Scene, who: str, path: str, language: str, typed: dict[str, str] | None = None) -> str:
    """The page as `who` gets it with Accept-Language, after redirects; `typed` is posted."""
    client = Client(headers={"Accept-Language": language})
    if who != "nobody":
        person = getattr(scene, who)
        client.force_login(person if isinstance(person, User) else person.user)
    orders = {str(order.status): order.pk for order in Order.objects.filter(buyer=scene.alice)}
    submission = PromptVersion.objects.get(listing__slug="xq-in_review").pk
    path = path.format(
        **orders | {"submission": submission, "entitlement": scene.entitlement.pk, "order": scene.order.pk}
    )
    page = client.get(path, follow=True) if typed is None else client.post(path, typed, follow=True)
    assert page.status_code in {200, 404, 409, 422}, path
    assert page.headers["Content-Language"] == language
    return page.content.decode()


def mails(scene: Scene, language: str) -> list[str]:
    """All that is sent to people of this language: the buyer, the seller, who signs up, who forgot."""
    User.objects.update(language=language)
    own, sale = Order.objects.get(pk=scene.order.pk), scene.sale
    receipt_send(own)
    payment_failed_send(own)
    sellers_notify(own)
    sellers_notify(Order.objects.get(pk=sale.pk))
    for notice, status in [(listing_published, "published"), (listing_rejected, "rejected")]:
        listing = Listing.objects.get(slug=f"xq-{status}")
        notice(OutboxMessage.objects.create(topic="xq", subject=str(listing.pk), payload={"version": 1}))
    new = {"email": f"xq-{language}@example.test", "password1": PASSWORD, "display_name": "Xqdora"}
    visit(scene, "nobody", "/accounts/signup/", language, new)
    visit(scene, "nobody", "/accounts/password/reset/", language, {"email": scene.alice.email})
    visit(scene, "nobody", "/accounts/password/reset/", language, {"email": "xq-nobody@example.test"})
    sent, mail.outbox = mail.outbox, []
    return [as_page(message) for message in sent]


def as_page(message: EmailMessage) -> str:
    """Subject, text and HTML of a mail."""
    lines = [str(message.subject), *str(message.body).splitlines()]
    html = [content.content for content in getattr(message, "alternatives", [])]
    return "".join(f"<p>{line}</p>" for line in lines) + "".join(html)


def vocabulary_words() -> set[str]:
    """Names of languages and models, and of categories that are called the same in both languages."""
    categories = Category.objects.filter(name=F("name_fr"))
    names = [name for _, name in LANGUAGE_CHOICES]
    names += [*TargetModel.objects.values_list("name", flat=True), *categories.values_list("name", flat=True)]
    return {word for name in names for word in foreign_words(name)}
