"""Every page is wholly in French for those who read French.

What is the same on the English and on the French page, and is not what a person wrote, was forgotten.
"""

import datetime
from dataclasses import dataclass

import pytest
from babel.messages.pofile import read_po
from django.core import mail
from django.core.mail import EmailMessage
from django.db.models import F
from django.test import Client
from django.utils import translation

from accounts.models import SellerProfile, User
from accounts.services import token_create
from common import clock
from common.models import OutboxMessage
from common.translations_extract import po_path
from listings.models import (
    Category,
    ImportJob,
    ImportOutcome,
    ImportRow,
    Listing,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    TargetModel,
)
from marketplace.dispute_notices import dispute_closed, dispute_opened
from marketplace.models import Review
from marketplace.notices import listing_published, listing_rejected
from marketplace.pages.selling_fields import LANGUAGE_CHOICES
from marketplace.payout_notices import account_restricted, payout_failed, payout_paid
from payments.countries import country_choices
from payments.mails import payment_failed_send, receipt_send, sellers_notify
from payments.models import (
    BankPayout,
    BankPayoutStatus,
    ConnectedAccount,
    Dispute,
    DisputeItem,
    DisputeStatus,
    Entitlement,
    Order,
    OrderStatus,
    Payment,
    Payout,
    PayoutReversal,
    PayoutStatus,
)
from payments.services import order_create
from tests.factories import (
    PASSWORD,
    CategoryFactory,
    ListingFactory,
    PromptVersionFactory,
    SellerProfileFactory,
    UserFactory,
)
from tests.marketplace.selling.sales import sold
from tests.support.reading import foreign_words, shown_texts

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "fr")
NAMES = {"promptfair", "stripe", "utc", "sites", "step"}


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
    for state in ("checked", "done", "failed"):
        job = ImportJob.objects.create(seller=bob, file_name="Xqfile", content=b"", rows_total=4, state=state)
        for position, outcome in enumerate(ImportOutcome.values):
            ImportRow.objects.create(
                job=job,
                position=position,
                line=1,
                title="Xqtitle",
                outcome=outcome,
                reason="Xqreason",
                score=9,
            )
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
    "/account/apps/",
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
    "/sell/import/",
    *(f"/sell/import/{{{state}}}/" for state in ("checked", "done", "failed")),
    "/sell/sales/",
    "/sell/payouts/",
    "/sell/payouts/new/",
    "/sell/payouts/setup/",
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
    ("alice", "/account/apps/", {"name": "xq", "redirect_uris": "xq"}),
    ("charlie", "/sell/", {"name": "", "handle": "!"}),
    ("bob", "/sell/listings/new/", {"title": "xq" * 90, "price": "xq", "model": "xq", "category": "xq"}),
    ("bob", "/sell/listings/xq-draft/edit/", {"submit": "1", "title": "", "price": "1", "prompt": ""}),
    ("bob", "/sell/listings/xq-published/edit/", {"title": "Xqother", "price": "2000"}),
    ("alice", "/checkout/", {"listing": "xq-free"}),
    ("alice", "/library/{entitlement}/render/", {"xqtopic": ""}),
    ("bob", "/sell/import/", {}),
    ("bob", "/sell/payouts/setup/", {"country": ""}),
    ("bob", "/sell/payouts/new/", {"amount": "xq"}),
    ("bob", "/sell/payouts/new/", {"amount": "99"}),
]

DOCUMENT, PROFILE = "individual.verification.document", "business_profile.url"
# What Stripe says of a seller's account: each leads to other words on the payouts page.
ACCOUNTS: list[dict[str, object]] = [
    {"details_submitted": False, "transfers_active": False, "requirements_due": [DOCUMENT]},
    {"transfers_active": False, "payouts_enabled": False},
    {"transfers_active": False, "requirements_due": [DOCUMENT, "external_account", "person_1.dob.day"]},
    {"payouts_enabled": False, "requirements_due": [DOCUMENT, "company.tax_id", "xq"]},
    {"disabled_reason": "rejected.fraud"},
    {"requirements_due": [PROFILE, "tos_acceptance.date", "individual.address.city"]},
    {},
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


def test_pages_about_payouts_in_french_hold_nothing_in_english(scene, same_words):
    payouts = [f"/sell/payouts/{payout.pk}/" for payout in payouts_of_every_kind(scene)]
    asking = ["/sell/payouts/new/?amount=10", "/sell/payouts/new/?amount=1"]
    pages = {path: both(scene, "bob", path) for path in [*payouts, *asking, "/sell/payouts/?page=2"]}
    for number, said in enumerate(ACCOUNTS):
        ready = {"details_submitted": True, "transfers_active": True, "payouts_enabled": True}
        ConnectedAccount.objects.update(**{"disabled_reason": "", "requirements_due": [], **ready, **said})
        pages[f"account {number}"] = both(scene, "bob", "/sell/payouts/")
        pages[f"studio {number}"] = both(scene, "bob", "/sell/")
    assert forgotten(pages, same_words) == {}


def test_pages_about_disputes_and_refunds_in_french_hold_nothing_in_english(scene, same_words):
    order, item = scene.sale, scene.sale.items.get()
    payment = paid(order)
    pages = {"refund": both(scene, "bob", f"/sell/sales/{item.pk}/refund/")}
    assert all('<form class="form"' in page for page in pages["refund"])
    dispute = disputed(payment)
    paths = {
        "alice": [f"/account/orders/{order.pk}/", f"/account/orders/{order.pk}/refund/", "/account/orders/"],
        "bob": ["/sell/sales/", f"/sell/sales/{item.pk}/refund/"],
    }
    Order.objects.filter(pk=order.pk).update(buyer=scene.alice)
    for status in (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.LOST, DisputeStatus.WON):
        Dispute.objects.filter(pk=dispute.pk).update(status=status)
        for who, several in paths.items():
            pages |= {f"{status} {path}": both(scene, who, path) for path in several}
    assert forgotten(pages, same_words) == {}


def test_pages_about_versions_in_french_hold_nothing_in_english(scene, same_words):
    text = "=== step: Xqone ===\nXqrule\n=== step: Xqtwo ===\nXqtext {{xqtopic}}"
    newer = PromptVersionFactory(
        listing=scene.entitlement.listing, number=2, text=text, changelog="Xqnews.", examples=[]
    )
    pages = {"being written": both(scene, "bob", "/sell/listings/xq-free/versions/")}
    newer.sealed_at = newer.published_at = clock.now()
    newer.save()
    Listing.objects.filter(slug="xq-free").update(published_version=newer)
    pages["published"] = both(scene, "bob", "/sell/listings/xq-free/versions/")
    pages |= {
        part: both(scene, "alice", f"/library/{scene.entitlement.pk}/{part}")
        for part in ("", "?version=2", "changes/")
    }
    assert forgotten(pages, same_words) == {}


def test_pages_where_staff_decide_in_french_hold_nothing_in_english(scene, same_words):
    User.objects.filter(pk=scene.dora.pk).update(is_superuser=True)
    payout = payouts_of_every_kind(scene)[0]
    paid(scene.sale)
    paths = [
        "/admin/",
        f"/admin/payments/order/{scene.sale.pk}/refund/",
        f"/admin/payments/payout/{payout.pk}/take-back/",
    ]
    assert forgotten({path: both(scene, "dora", path) for path in paths}, same_words) == {}


def test_mails_in_french_hold_nothing_in_english(scene, same_words, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    payouts = payouts_of_every_kind(scene)
    dispute = disputed(paid(scene.sale))
    english, french = (mails(scene, language, payouts, dispute) for language in LANGUAGES)
    assert len(english) == len(french) == 15
    pairs = {str(number): list(pair) for number, pair in enumerate(zip(english, french, strict=True))}
    assert forgotten(pairs, same_words) == {}


def payouts_of_every_kind(scene: Scene) -> list[Payout]:
    """Bob's account, and payouts of his: in each state, on each way to the bank, and taken back."""
    account = ConnectedAccount.objects.create(
        seller=scene.bob, stripe_account_id="xqaccount", country="DE", requirements_due=[DOCUMENT]
    )
    for _sale in range(3):  # so that there is enough for a payout
        sold(scene.listing, is_released=True)
    monday = clock.now() - datetime.timedelta(weeks=30)
    made = []
    for number, (status, facts) in enumerate(_payout_kinds()):
        bank = facts.pop("bank", "")
        asked_at = monday + datetime.timedelta(weeks=number)
        payout = Payout.objects.create(
            seller=scene.bob,
            account=account,
            amount=1000,
            status=status,
            trigger=("weekly", "request")[number % 2],
            created_at=asked_at,
            settled_at=None if status == PayoutStatus.REQUESTED else asked_at,
            **facts,
        )
        if payout.reversed_amount:
            PayoutReversal.objects.create(
                payout=payout, amount=payout.reversed_amount, status="succeeded", settled_at=asked_at
            )
        if bank:
            BankPayout.objects.create(
                account=account,
                stripe_payout_id=f"po_xq{number}",
                amount=1000,
                currency="usd",
                status=bank,
                arrives_at=asked_at,
                created_at=asked_at,
                failure_code="account_closed" if bank == BankPayoutStatus.FAILED else "",
            )
        made.append(payout)
    return made


def _payout_kinds() -> list[tuple[PayoutStatus, dict[str, object]]]:
    return [
        *((PayoutStatus.PAID, {"bank": bank}) for bank in BankPayoutStatus),
        (PayoutStatus.PAID, {"bank": BankPayoutStatus.PAID, "reversed_amount": 300}),
        (PayoutStatus.REVERSED, {"reversed_amount": 1000}),
        (PayoutStatus.FAILED, {"failure_code": "account_invalid"}),
        (PayoutStatus.FAILED, {"failure_code": "xq"}),
        (PayoutStatus.REQUESTED, {}),
        (PayoutStatus.PAID, {}),
    ]


def paid(order: Order) -> Payment:
    return Payment.objects.create(
        order=order, stripe_payment_intent_id="pi_xq", amount=order.total_amount, currency="usd"
    )


def disputed(payment: Payment) -> Dispute:
    dispute = Dispute.objects.create(
        payment=payment,
        stripe_dispute_id="dp_xq",
        amount=payment.amount,
        currency="usd",
        reason="general",
        status=DisputeStatus.NEEDS_RESPONSE,
        opened_at=clock.now(),
    )
    item = payment.order.items.get()
    DisputeItem.objects.create(
        dispute=dispute, item=item, amount=item.unit_amount, seller_amount=item.seller_amount
    )
    return dispute


def both(scene: Scene, who: str, path: str) -> list[str]:
    """The page in English and in French."""
    return [visit(scene, who, path, language) for language in LANGUAGES]


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
    imports = {str(job.state): job.pk for job in ImportJob.objects.all()}
    path = path.format(
        **orders
        | imports
        | {"submission": submission, "entitlement": scene.entitlement.pk, "order": scene.order.pk}
    )
    page = client.get(path, follow=True) if typed is None else client.post(path, typed, follow=True)
    assert page.status_code in {200, 400, 404, 409, 422}, path
    assert page.headers["Content-Language"] == language
    return page.content.decode()


def mails(scene: Scene, language: str, payouts: list[Payout], dispute: Dispute) -> list[str]:
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
    arrived, failed = (
        next(each for each in payouts if each.status == status) for status in ("paid", "failed")
    )
    stakes = {"stakes": {str(scene.bob.pk): 300}}
    for notice, subject, payload in [
        (payout_paid, arrived.pk, {}),
        (payout_failed, failed.pk, {}),
        (account_restricted, arrived.account_id, {}),
        (dispute_opened, dispute.pk, stakes),
        (dispute_closed, dispute.pk, {**stakes, "status": "won"}),
        (dispute_closed, dispute.pk, {**stakes, "status": "lost"}),
    ]:
        notice(OutboxMessage.objects.create(topic="xq", subject=str(subject), payload=payload))
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
    """Names of languages and models, and of categories and countries that are called the same in both."""
    categories = Category.objects.filter(name=F("name_fr"))
    names = [name for _, name in LANGUAGE_CHOICES]
    names += [*TargetModel.objects.values_list("name", flat=True), *categories.values_list("name", flat=True)]
    countries = []
    for language in LANGUAGES:
        with translation.override(language):
            countries.append({name for _code, name in country_choices()})
    names += countries[0] & countries[1]
    return {word for name in names for word in foreign_words(name)}
