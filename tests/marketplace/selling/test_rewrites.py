"""Other words from a model: off by default, sent with consent only, never the prompt, used by hand only."""

import logging

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import Conflict, InvalidInput
from listings.models import ListingStatus, Rewrite, RewriteState
from listings.services import rewriting
from listings.services.drafts import listing_update
from listings.services.rewriting import rewrite_request, rewrite_run, rewrite_undo, rewrite_use
from marketplace.models import EditorDraft
from tests.factories import ListingFactory
from tests.support.chat_completions import chat_server

pytestmark = pytest.mark.django_db

SECRET, KEY = "quokkafeather", "sk-test-of-the-operator"


@pytest.fixture
def model(settings):
    with chat_server() as server:
        settings.REWRITE_API_URL, settings.REWRITE_API_KEY = server.url, KEY
        settings.REWRITE_MODEL, settings.REWRITE_TIMEOUT_SECONDS = "a-model", 10
        yield server


@pytest.fixture
def listing():
    return ListingFactory(
        text=f"{SECRET} {{{{x}}}}", instructions=SECRET, title="Letters", summary="Old words."
    )


@pytest.fixture
def client(listing):
    client = Client()
    client.force_login(listing.seller.user)
    return client


def asked(listing, field="summary"):
    rewrite = rewrite_request(listing=listing, field=field, consents=True)
    return ran(rewrite)


def ran(rewrite):
    rewrite_run(rewrite_id=rewrite.pk)
    rewrite.refresh_from_db()
    return rewrite


def address(listing):
    return reverse("studio_rewrites", args=[listing.slug])


def test_without_an_endpoint_there_is_no_such_page_and_no_link(client, listing):
    assert client.get(address(listing)).status_code == 404
    assert "rewrite" not in client.get(reverse("studio_listing_edit", args=[listing.slug])).content.decode()
    with pytest.raises(Conflict) as refused:
        rewrite_request(listing=listing, field="summary", consents=True)
    assert refused.value.code == "rewrite_off"


def test_the_public_text_is_sent_with_the_operator_s_key_and_the_prompt_is_not(listing, model):
    rewrite = asked(listing)
    ((path, headers, sent),) = model.asked
    assert (path, headers["Authorization"], sent["model"]) == (
        "/v1/chat/completions",
        f"Bearer {KEY}",
        "a-model",
    )
    assert "Old words." in sent["messages"][1]["content"]
    assert SECRET not in str(sent)
    assert (rewrite.state, rewrite.suggestion) == (RewriteState.SUGGESTED, "Better words.")
    listing.refresh_from_db()
    assert listing.summary == "Old words."


def test_without_consent_nothing_is_sent_or_written(client, listing, model):
    answer = client.post(address(listing), {"field": "summary"})
    assert "Agree to the sending first. Nothing was sent." in answer.content.decode()
    assert (model.asked, Rewrite.objects.count()) == ([], 0)


def test_the_page_names_the_host_asks_and_puts_in_only_on_a_click(client, listing, model):
    shown = client.get(address(listing)).content.decode()
    assert "127.0.0.1" in shown
    assert "Your prompt is never sent." in shown
    waiting = client.post(address(listing), {"field": "summary", "consent": "on"}, follow=True)
    assert 'http-equiv="refresh"' in waiting.content.decode()
    rewrite = ran(Rewrite.objects.get())
    fragment = client.get(address(listing), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "Written by a machine at 127.0.0.1" in fragment
    done = client.post(reverse("studio_rewrite_use", args=[rewrite.pk]), follow=True)
    assert "What stood there before" in done.content.decode()
    listing.refresh_from_db()
    assert listing.summary == "Better words."


def test_a_suggestion_that_was_used_can_be_undone_and_used_again(client, listing, model):
    rewrite = asked(listing)
    for step, words in (("use", "Better words."), ("undo", "Old words."), ("use", "Better words.")):
        page = client.post(reverse(f"studio_rewrite_{step}", args=[rewrite.pk]), follow=True).content.decode()
        listing.refresh_from_db()
        assert listing.summary == words
        assert (reverse("studio_rewrite_undo", args=[rewrite.pk]) in page) == (step == "use")
    rewrite_undo(rewrite=rewrite)
    rewrite_undo(rewrite=rewrite)
    listing.refresh_from_db()
    assert listing.summary == "Old words."


def test_undoing_never_overwrites_what_was_written_since(client, listing, model):
    rewrite = rewrite_use(rewrite=asked(listing))
    listing_update(listing=listing, data={"summary": "My own."})
    page = client.post(reverse("studio_rewrite_undo", args=[rewrite.pk]), follow=True).content.decode()
    assert "You have changed this text since." in page
    listing.refresh_from_db()
    assert listing.summary == "My own."


def test_of_a_listing_on_sale_the_new_text_is_sent_and_comes_back(model):
    listing = ListingFactory(status=ListingStatus.PUBLISHED, summary="Old words.")
    listing_update(listing=listing, data={"summary": "Newer words."})
    rewrite = rewrite_use(rewrite=asked(listing))
    assert "Newer words." in model.asked[0][2]["messages"][1]["content"]
    assert listing.revisions.get().fields == {"summary": "Better words."}
    rewrite_undo(rewrite=rewrite)
    assert listing.revisions.get().fields == {"summary": "Newer words."}
    listing.refresh_from_db()
    assert listing.summary == "Old words."


def test_text_in_the_editor_that_is_not_saved_is_told_of_and_never_hides_a_suggestion(client, listing, model):
    rewrite = asked(listing)
    EditorDraft.objects.create(listing=listing, data={"summary": "Half a sent"})
    assert "not saved it" in client.get(address(listing)).content.decode()
    client.post(reverse("studio_rewrite_use", args=[rewrite.pk]))
    listing.refresh_from_db()
    assert listing.summary == "Old words."


def test_no_transaction_is_open_while_the_model_is_asked(listing, model, monkeypatch):
    depth = []
    ask = rewriting.rewriter_ask
    before = len(connection.savepoint_ids)
    monkeypatch.setattr(
        rewriting, "rewriter_ask", lambda **given: depth.append(len(connection.savepoint_ids)) or ask(**given)
    )
    asked(listing)
    assert depth == [before]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"status": 401}, "not_configured"),
        ({"status": 400}, "refused"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "refused"),
        ({"body": b"<html>"}, "not_understood"),
        ({"body": b'{"choices": []}'}, "not_understood"),
        ({"content": None}, "not_understood"),
        ({"body": b"x" * 300_000}, "too_long"),
    ],
    ids=["key", "refused", "redirect", "no JSON", "no choice", "no text", "endless"],
)
def test_what_cannot_be_used_ends_it_and_says_so(client, listing, model, told, code):
    vars(model).update(told)
    rewrite = asked(listing)
    assert (rewrite.state, rewrite.last_error) == (RewriteState.FAILED, code)
    assert len(model.asked) == 1
    assert "did not answer in a way that could be used" in client.get(address(listing)).content.decode()


@pytest.mark.parametrize("told", [{"status": 503}, {"status": 429}, {"seconds": 12}], ids=str)
def test_what_may_pass_is_asked_again_and_not_for_ever(listing, model, told):
    vars(model).update(told)
    rewrite = asked(listing)
    assert rewrite.state == RewriteState.REQUESTED
    for _ in range(rewriting.MAX_ATTEMPTS - 1):
        Rewrite.objects.update(next_attempt_at=timezone.now())
        ran(rewrite)
    assert (rewrite.state, len(model.asked)) == (RewriteState.FAILED, rewriting.MAX_ATTEMPTS)


def test_another_host_than_the_one_agreed_to_gets_nothing(listing, model, settings):
    rewrite = rewrite_request(listing=listing, field="summary", consents=True)
    settings.REWRITE_API_URL = model.url.replace("127.0.0.1", "localhost")
    assert (ran(rewrite).state, model.asked) == (RewriteState.FAILED, [])


def test_no_proxy_of_the_environment_is_asked(listing, model, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert asked(listing).state == RewriteState.SUGGESTED


def test_neither_text_nor_key_is_logged(listing, model, caplog):
    model.status, model.body = 400, b"Old words. quoted"
    with caplog.at_level(logging.DEBUG):
        asked(listing)
    assert "Old words." not in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("said", "kept"), [("“Short.”", "Short."), ("two\nlines", "two lines"), ("x" * 999, "x" * 160)]
)
def test_a_suggestion_is_what_a_seller_could_have_typed(listing, model, said, kept):
    model.content = said
    assert asked(listing).suggestion == kept


def test_one_is_on_its_way_at_a_time_and_so_many_a_day(listing, model, monkeypatch):
    rewrite = rewrite_request(listing=listing, field="summary", consents=True)
    with pytest.raises(Conflict) as refused:
        rewrite_request(listing=listing, field="title", consents=True)
    assert refused.value.code == "rewrite_running"
    ran(rewrite)
    monkeypatch.setattr(rewriting, "MOST_A_DAY", 1)
    with pytest.raises(Conflict) as refused:
        rewrite_request(listing=listing, field="title", consents=True)
    assert refused.value.code == "rewrite_limit"


def test_an_unknown_field_and_an_empty_listing_are_refused(listing, model):
    for field, of in (("prompt", listing), ("title", ListingFactory(title="", summary="", description=""))):
        with pytest.raises(InvalidInput):
            rewrite_request(listing=of, field=field, consents=True)


def test_a_listing_with_a_moderator_keeps_its_words(client, listing, model):
    rewrite = asked(listing)
    listing.versions.update(sealed_at=timezone.now())
    listing.status = ListingStatus.IN_REVIEW
    listing.save()
    client.post(reverse("studio_rewrite_use", args=[rewrite.pk]))
    listing.refresh_from_db()
    assert listing.summary == "Old words."
    with pytest.raises(Conflict):
        rewrite_use(rewrite=rewrite)


def test_a_stranger_finds_none_of_it(listing, model):
    rewrite = asked(listing)
    stranger = Client()
    stranger.force_login(ListingFactory().seller.user)
    assert stranger.get(address(listing)).status_code == 404
    for step in ("use", "undo"):
        assert stranger.post(reverse(f"studio_rewrite_{step}", args=[rewrite.pk])).status_code == 404
