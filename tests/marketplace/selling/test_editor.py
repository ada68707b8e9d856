"""Writing a listing: saving, finding blanks, rows without JavaScript, submitting."""

import pytest
from django.urls import reverse

from listings.models import Listing, ListingStatus
from listings.queries.studio import latest_version
from listings.services.review import listing_decide, listing_submit
from tests.factories import (
    CategoryFactory,
    ListingFactory,
    SellerProfileFactory,
    TargetModelFactory,
    UserFactory,
)
from tests.marketplace.selling.editor import PROMPT, filled

pytestmark = pytest.mark.django_db
NEW = "/sell/listings/new/"


@pytest.fixture
def alice():
    TargetModelFactory(slug="chatgpt")
    CategoryFactory(slug="writing")
    CategoryFactory(slug="other")
    return SellerProfileFactory()


@pytest.fixture
def client(client, alice):
    client.force_login(alice.user)
    return client


def edit_url(listing):
    return reverse("studio_listing_edit", args=[listing.slug])


def made(client, **changes):
    client.post(NEW, filled(**changes))
    return Listing.objects.get()


# --- Saving --------------------------------------------------------------------------------------


def test_what_was_typed_becomes_a_draft(client, alice):
    listing = made(client)
    version = latest_version(listing)
    assert (listing.seller, listing.status, listing.price_amount) == (alice, ListingStatus.DRAFT, 499)
    assert sorted(tag.slug for tag in listing.tags.all()) == ["letters", "mail"]
    assert (version.text, version.instructions) == (PROMPT, "Try it twice.")
    assert [(v["name"], v["type"], v["choices"], v["required"]) for v in version.variables] == [
        ("name", "text", [], True),
        ("topic", "choice", ["rain", "sun"], False),
    ]
    assert [example.values for example in version.examples.all()] == [
        {"name": "Ann", "topic": "rain"},
        {"name": "Ben", "topic": "sun"},
    ]


def test_an_empty_draft_is_saved_too(client):
    answer = client.post(NEW, {"save": "1"})
    assert answer.status_code == 302
    assert Listing.objects.get().price_amount == 499


def test_saving_again_changes_the_same_draft(client):
    listing = made(client)
    client.post(edit_url(listing), filled(title="Better letters", price="12"))
    listing = Listing.objects.get()
    assert (listing.title, listing.price_amount, listing.versions.count()) == ("Better letters", 1200, 1)


def test_the_editor_shows_what_was_saved(client):
    page = client.get(edit_url(made(client))).content.decode()
    for typed in (
        "Letters people answer",
        "letters, mail",
        PROMPT,
        "rain\nsun",
        "Dear Ben, it shines.",
        "4.99",
    ):
        assert typed in page


def test_lines_keep_one_line_feed_each(client):
    listing = made(client, prompt="One\r\nTwo {{name}}", description="a\r\n\r\nb")
    assert (latest_version(listing).text, listing.description) == ("One\nTwo {{name}}", "a\n\nb")


def test_a_prompt_as_long_as_allowed_is_taken_however_its_lines_end(client):
    assert len(latest_version(made(client, prompt="x\r\n" * 19_999 + "yz")).text) == 40_000


# --- Prices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("0", 0), ("3", 300), ("4.9", 490), ("4,99", 499), ("$5.00", 500), (" 1000 ", 100_000)],
)
def test_prices_are_read_as_people_write_them(client, typed, amount):
    assert made(client, price=typed).price_amount == amount


@pytest.mark.parametrize("typed", ["2.99", "0.50", "1000.01", "a lot", "-5", "4.999", "1e3", "٣"])
def test_a_price_that_breaks_the_rule_is_refused_at_its_field_and_nothing_is_lost(client, typed):
    answer = client.post(NEW, filled(price=typed))
    page = answer.content.decode()
    assert (answer.status_code, Listing.objects.count()) == (200, 0)
    assert 'href="#id_price"' in page
    assert PROMPT in page
    assert "Dear Ann, it rains." in page


def test_the_price_rule_names_the_least_price(client):
    assert "$3.00" in client.post(NEW, filled(price="2.99")).content.decode()


def test_a_french_seller_writes_and_reads_a_comma(client, alice):
    listing = made(client, price="4,99")
    client.cookies["django_language"] = "fr"
    assert 'value="4,99"' in client.get(edit_url(listing)).content.decode()


# --- Rows without JavaScript ---------------------------------------------------------------------


def test_finding_the_blanks_saves_nothing_and_keeps_everything(client):
    answer = client.post(NEW, filled(prompt=PROMPT + " In {{tone}}.", refresh_variables="1"))
    page = answer.content.decode()
    assert Listing.objects.count() == 0
    assert 'name="variable-tone-label"' in page
    assert 'name="example-0-value-tone"' in page
    assert "Dear Ben, it shines." in page
    assert "rain\nsun" in page.replace("\r\n", "\n")


def test_a_new_blank_must_be_filled_in_unless_unticked(client):
    page = client.post(NEW, {"prompt": "{{tone}}", "refresh_variables": "1"}).content.decode()
    assert 'name="variable-tone-required" id="variable-tone-required" checked' in page


def test_another_example_adds_a_row_and_keeps_the_others(client):
    page = client.post(NEW, filled(add_example="1")).content.decode()
    assert 'name="example-2-output"' in page
    assert "Dear Ben, it shines." in page


def test_removing_an_example_closes_the_gap(client):
    more = {"example-2-value-name": "Cat", "example-2-output": "Dear Cat."}
    page = client.post(NEW, filled(**more, remove_example="0")).content.decode()
    assert "Dear Ann, it rains." not in page
    assert 'name="example-2-output"' not in page
    assert page.index("Dear Ben, it shines.") < page.index("Dear Cat.")


@pytest.mark.parametrize("number", ["7", "-1", "x", "99999999999999999999"])
def test_a_nonsense_row_number_does_no_harm(client, number):
    assert client.post(NEW, filled(remove_example=number)).status_code in {200, 302}


def test_htmx_gets_the_rows_alone(client):
    answer = client.post(NEW, filled(refresh_variables="1"), headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="rows"')


def test_the_finished_prompt_is_shown_with_the_first_examples_values_else_its_defaults(client):
    page = client.post(NEW, filled(refresh_variables="1")).content.decode()
    assert "Write to Ann about rain." in page
    empty = {f"example-{number}-value-{name}": "" for number in (0, 1) for name in ("name", "topic")}
    page = client.post(NEW, filled(refresh_variables="1", **empty)).content.decode()
    assert "Write to [Name] about rain." in page


def test_the_description_preview_is_sanitised(client):
    answer = client.post(
        reverse("studio_description_preview"),
        {"description": "**b** <script>x</script>"},
        headers={"HX-Request": "true"},
    )
    assert "<strong>b</strong>" in answer.content.decode()
    assert b"<script>" not in answer.content


def test_what_was_typed_is_escaped(client):
    answer = client.post(
        NEW, filled(title='"><script>x</script>', prompt="</textarea><script>x</script>", price="no")
    )
    assert b"<script>x</script>" not in answer.content


def test_blanks_written_another_way_can_be_put_in_double_braces(client):
    typed = filled(prompt="Write to {{name}} about [Topic of the day] in ${Tone:warm}.")
    assert "Topic of the day, Tone" in client.post(NEW, typed | {"refresh_variables": "1"}).content.decode()
    page = client.post(NEW, typed | {"convert_blanks": "1"}).content.decode()
    assert "Write to {{name}} about {{topic_of_the_day}} in {{tone}}." in page
    assert 'name="example-1-value-tone"' in page
    assert 'value="warm"' in page
    assert 'value="Ann"' in page or ">Ann" in page


# --- Submitting ----------------------------------------------------------------------------------


def test_a_complete_listing_is_submitted_in_one_go(client):
    client.post(NEW, filled(submit="1"))
    listing = Listing.objects.get()
    assert listing.status == ListingStatus.IN_REVIEW
    page = client.get(edit_url(listing)).content.decode()
    assert "Number 1 in the queue" in page
    assert "<textarea" not in page


def test_an_incomplete_listing_is_saved_once_and_every_problem_is_linked(client):
    without_second = {f"example-1-{name}": "" for name in ("value-name", "value-topic", "output")}
    answer = client.post(NEW, filled(summary="", **without_second, submit="1"), follow=True)
    page, listing = answer.content.decode(), Listing.objects.get()
    assert listing.status == ListingStatus.DRAFT
    assert answer.redirect_chain == [(f"{edit_url(listing)}?check=1", 302)]
    assert 'href="#id_summary"' in page
    assert 'href="#examples"' in page


def test_without_a_confirmed_address_submitting_says_so(client, alice):
    alice.user.emailaddress_set.update(verified=False)
    page = client.post(NEW, filled(submit="1"), follow=True).content.decode()
    assert reverse("account_email") in page
    assert Listing.objects.get().status == ListingStatus.DRAFT


def test_a_listing_on_sale_without_a_new_text_has_nothing_to_submit(client, alice):
    listing = made(client)
    listing_submit(listing=listing, by=alice.user)
    listing_decide(listing=listing, moderator=UserFactory(staff=True), decision="publish", reasons=[])
    answer = client.post(edit_url(listing), filled(price="7", submit="1"), follow=True)
    assert "no new version to submit" in answer.content.decode()
    assert Listing.objects.get().price_amount == 700


def test_submitting_from_the_list_leads_to_the_problems(client, alice):
    listing = ListingFactory(seller=alice, summary="")
    answer = client.post(reverse("studio_listing_submit", args=[listing.slug]), follow=True)
    assert 'href="#id_summary"' in answer.content.decode()


def test_what_a_moderator_has_cannot_be_changed_until_it_is_withdrawn(client, alice):
    listing = made(client)
    listing_submit(listing=listing, by=alice.user)
    client.post(edit_url(listing), filled(title="Another"))
    assert Listing.objects.get().title == "Letters people answer"
    client.post(reverse("studio_listing_withdraw", args=[listing.slug]))
    client.post(edit_url(listing), filled(title="Another"))
    assert Listing.objects.get().title == "Another"


def test_a_returned_listing_shows_the_reasons(client, alice):
    listing = made(client)
    listing_submit(listing=listing, by=alice.user)
    listing_decide(
        listing=listing,
        moderator=UserFactory(staff=True),
        decision="reject",
        reasons=["Say which tone <b>it</b> takes."],
    )
    page = client.get(edit_url(listing)).content.decode()
    assert "Say which tone &lt;b&gt;it&lt;/b&gt; takes." in page
    assert 'name="submit"' in page


def test_a_published_listing_takes_a_price_at_once_and_new_texts_with_review(client, alice):
    listing = made(client)
    listing_submit(listing=listing, by=alice.user)
    listing_decide(listing=listing, moderator=UserFactory(staff=True), decision="publish", reasons=[])
    page = client.get(edit_url(listing)).content.decode()
    assert 'name="title"' in page
    assert 'name="changelog"' in page
    answer = client.post(
        edit_url(listing),
        filled(title="Letters with answers", price="8", prompt=PROMPT + " Shortly.", changelog="Shorter."),
    )
    assert answer.status_code == 302
    listing = Listing.objects.get()
    assert (listing.title, listing.price_amount, listing.status) == (
        "Letters people answer",
        800,
        "published",
    )
    assert latest_version(listing).number == 2
    assert not latest_version(listing).is_sealed
    assert listing.published_version.number == 1
    assert listing.revisions.get().fields == {"title": "Letters with answers"}
    page = client.get(edit_url(listing)).content.decode()
    assert 'value="Letters with answers"' in page
    assert "Your new text is saved, and not submitted yet." in page


def publish(listing, alice):
    listing_submit(listing=listing, by=alice.user)
    listing_decide(listing=listing, moderator=UserFactory(staff=True), decision="publish", reasons=[])


def test_a_new_title_alone_begins_no_version_though_the_last_one_told_what_changed(client, alice):
    listing = made(client)
    publish(listing, alice)
    client.post(edit_url(listing), filled(prompt=PROMPT + " Shortly.", changelog="Shorter."))
    publish(listing, alice)
    client.post(edit_url(listing), filled(prompt=PROMPT + " Shortly.", title="With answers", changelog=""))
    assert listing.revisions.get().fields == {"title": "With answers"}
    assert listing.versions.count() == 2
    assert "You are writing version" not in client.get(edit_url(listing)).content.decode()


def test_words_about_what_changed_begin_a_version_even_alone(client, alice):
    listing = made(client)
    publish(listing, alice)
    client.post(edit_url(listing), filled(changelog="Shorter."))
    assert latest_version(listing).changelog == "Shorter."


def test_new_public_text_is_shown_and_not_asked_for_while_a_moderator_has_it(client, alice):
    listing = made(client)
    listing_submit(listing=listing, by=alice.user)
    listing_decide(listing=listing, moderator=UserFactory(staff=True), decision="publish", reasons=[])
    client.post(edit_url(listing), filled(title="Letters with answers"))
    act = reverse("studio_listing_proposal", args=[listing.slug])
    client.post(act, {"propose": "1"})
    page = client.get(edit_url(listing)).content.decode()
    assert 'name="title"' not in page
    assert "Your new text is number 1 in the queue." in page
    assert client.post(edit_url(listing), filled(title="Sneaky", price="7")).status_code == 302
    listing.refresh_from_db()
    assert (listing.price_amount, listing.revisions.get().fields) == (700, {"title": "Letters with answers"})
    client.post(act, {"withdraw": "1"})
    assert 'value="Letters with answers"' in client.get(edit_url(listing)).content.decode()
    client.post(act, {"discard": "1"})
    assert 'value="Letters people answer"' in client.get(edit_url(listing)).content.decode()


# --- Preview -------------------------------------------------------------------------------------


def preview_url(listing):
    return reverse("studio_listing_preview", args=[listing.slug])


def test_the_preview_shows_the_public_page_and_the_prompt_with_its_defaults(client):
    page = client.get(preview_url(made(client))).content.decode()
    assert "It writes <strong>letters</strong>." in page
    assert "Dear Ben, it shines." in page
    assert "Write to [Name] about rain." in page
    assert "Try it twice." in page
    assert 'content="noindex"' in page


def test_the_preview_fills_the_form_as_a_buyer_would(client):
    url, typed = preview_url(made(client)), {"v-name": "Zoe", "v-topic": "sun"}
    assert "Write to Zoe about sun." in client.post(url, typed).content.decode()
    part = client.post(url, typed, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<pre")
    assert "Write to Zoe about sun." in part


def test_saving_may_lead_on_to_the_preview(client):
    answer = client.post(NEW, filled(preview="1"))
    assert answer.headers["Location"] == reverse("studio_listing_preview", args=[Listing.objects.get().slug])


def test_a_text_far_too_long_is_answered_with_no_more_rows_than_a_form_can_have(client):
    blanks = " ".join(f"{{{{blank_{number}}}}}" for number in range(20_000))
    answer = client.post(NEW, filled(prompt=blanks))
    assert answer.status_code == 200
    assert answer.content.count(b'name="variable-blank_') <= 60 * 8
    assert b"blank_19999" in answer.content
    assert not Listing.objects.exists()


# --- Limits, sections and parts ------------------------------------------------------------------


def test_limits_are_kept_with_their_variable(client):
    listing = made(client, **{"variable-name-minimum": "2", "variable-name-maximum": "40"})
    stored = latest_version(listing).variables[0]
    assert (stored["minimum"], stored["maximum"]) == (2, 40)
    page = client.get(edit_url(listing)).content.decode()
    assert 'name="variable-name-maximum" value="40"' in page
    assert 'name="variable-topic-maximum"' not in page, "a choice has no limits"


def test_a_limit_that_is_no_number_is_told_and_kept_on_the_page(client):
    answer = client.post(NEW, filled(**{"variable-name-maximum": "forty"}))
    assert b'value="forty"' in answer.content
    assert b"Enter a whole number." in answer.content
    assert not Listing.objects.exists()


def test_a_section_that_is_not_closed_is_told_by_line_and_column(client):
    prompt = "Write to {{name}}.\n{{#topic}}About {{topic}}."
    page = client.post(NEW, filled(prompt=prompt, refresh_variables="1")).content.decode()
    assert "Line 2, column 1: This section needs a {{/topic}} that ends it." in page


# --- The quality assistant -----------------------------------------------------------------------


def test_the_assistant_speaks_of_what_is_typed_before_anything_is_saved(client):
    page = client.post(NEW, filled(title="THE LOUD TITLE!!", refresh_variables="1")).content.decode()
    assert "The title shouts" in page
    assert 'href="#id_title"' in page
    assert not Listing.objects.exists()


def test_a_saved_draft_shows_its_score_and_what_is_public_of_the_prompt(client):
    page = client.get(edit_url(made(client))).content.decode()
    assert 'class="quality-meter"' in page
    assert "0% of the prompt can be read in title, summary and description." in page


def test_while_typing_the_advice_comes_along(client):
    answer = client.post(NEW, filled(refresh_variables="1"), headers={"HX-Request": "true"})
    assert (
        '<section class="panel quality" id="quality" aria-labelledby="quality-title" hx-swap-oob="true">'
        in (answer.content.decode())
    )


def test_an_empty_editor_has_no_advice_yet(client):
    assert b"Advice appears here as you write the prompt." in client.get(NEW).content
