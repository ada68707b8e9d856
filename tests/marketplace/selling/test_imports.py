"""Bringing a file in through the studio, with and without JavaScript."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from listings.models import ImportJob, ImportState, Listing
from listings.services.import_jobs import import_run
from tests.factories import ListingFactory, SellerProfileFactory
from tests.marketplace.selling.test_in_browser import page, sign_in  # noqa: F401 - a fixture

FILE = "act,prompt,price\n=One,first [Name],\nTwo,FIRST [name],\nDear,third,2\n"


@pytest.fixture
def seller(db):
    return SellerProfileFactory()


@pytest.fixture
def client(seller):
    client = Client()
    client.force_login(seller.user)
    return client


def uploaded(client, content=FILE, name="mine.csv"):
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("studio_imports"), {"file": file}, follow=True)


def checked(client):
    uploaded(client)
    job = ImportJob.objects.get()
    import_run(job_id=str(job.pk))
    return job


def text_of(answer):
    return answer.content.decode()


def test_a_file_is_shown_being_checked_and_then_row_by_row(client):
    shown = text_of(uploaded(client))
    assert "Checking your file" in shown
    assert 'http-equiv="refresh"' in shown
    job = ImportJob.objects.get()
    import_run(job_id=str(job.pk))
    shown = text_of(client.get(reverse("studio_import", args=[job.pk])))
    assert "Import 1 draft" in shown
    assert "The same text as the row on line 2." in shown
    assert "A prompt is free or costs at least $3.00." in shown
    assert 'http-equiv="refresh"' not in shown


def test_the_word_of_the_seller_imports_it(client):
    job = checked(client)
    client.post(reverse("studio_import_start", args=[job.pk]))
    import_run(job_id=str(job.pk))
    shown = text_of(client.get(reverse("studio_import", args=[job.pk])))
    assert "Your prompts are in" in shown
    assert reverse("studio_listing_edit", args=[Listing.objects.get().slug]) in shown


def test_htmx_gets_the_progress_alone_and_the_page_once_it_is_over(client):
    uploaded(client)
    job = ImportJob.objects.get()
    address = reverse("studio_import", args=[job.pk])
    answer = client.get(address, headers={"HX-Request": "true"})
    assert "<html" not in text_of(answer)
    assert "0 of 3 rows" in text_of(answer)
    assert "HX-Refresh" not in answer
    import_run(job_id=str(job.pk))
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_canceling_says_what_remains(client):
    job = checked(client)
    answer = client.post(reverse("studio_import_cancel", args=[job.pk]), follow=True)
    assert "This import was canceled" in text_of(answer)
    assert not Listing.objects.exists()


def test_the_report_has_every_row_and_no_formula(client):
    job = checked(client)
    answer = client.get(reverse("studio_import_report", args=[job.pk]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["line"], row["title"], row["outcome"]) for row in rows] == [
        ("2", "'=One", "new"),
        ("3", "Two", "copy"),
        ("4", "Dear", "refused"),
    ]
    assert rows[0]["score"].isdecimal()


def test_rows_can_be_asked_for_by_what_became_of_them(client):
    shown = text_of(client.get(reverse("studio_import", args=[checked(client).pk]), {"outcome": "copy"}))
    assert "Two" in shown
    assert "Dear" not in shown


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "The file is empty."),
        ("title\nx\n", "missing: act, prompt"),
        ("x" * 10_000_001, "The file is larger than 10 MB."),
    ],
    ids=["empty", "other columns", "too large"],
)
def test_a_file_that_is_none_is_refused_at_its_field(client, content, reason):
    answer = uploaded(client, content)
    assert reason in text_of(answer)
    assert not ImportJob.objects.exists()


def test_no_file_is_told_at_the_field(client):
    assert "This field is required." in text_of(client.post(reverse("studio_imports"), {}))


def test_a_second_file_while_one_is_at_work_is_refused_with_what_helps(client):
    uploaded(client)
    assert "Another file of yours is being imported." in text_of(uploaded(client))


def test_the_list_shows_one_s_own_files(client):
    uploaded(client)
    other = ImportJob.objects.create(
        seller=SellerProfileFactory(), file_name="theirs.csv", content=b"", rows_total=1
    )
    shown = text_of(client.get(reverse("studio_imports")))
    assert "mine.csv" in shown
    assert other.file_name not in shown


def test_more_rows_ask_no_more_of_the_database(client, django_assert_max_num_queries):
    job = checked(client)
    client.post(reverse("studio_import_start", args=[job.pk]))
    import_run(job_id=str(job.pk))
    with django_assert_max_num_queries(8):
        client.get(reverse("studio_import", args=[job.pk]))


@pytest.mark.parametrize("name", ["studio_prompts_csv", "studio_prompts_jsonl"])
def test_an_export_holds_one_s_own_texts_only(client, seller, name):
    ListingFactory(seller=seller, text="Mine, all mine.")
    ListingFactory(text="Theirs.")
    answer = client.get(reverse(name))
    text = b"".join(answer.streaming_content).decode()
    assert ("Mine, all mine." in text, "Theirs." in text) == (True, False)
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.e2e
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_the_bar_runs_and_the_drafts_are_there(page, live_site, tmp_path):  # noqa: F811
    seller = SellerProfileFactory()
    sign_in(page, seller.user, live_site)
    file = tmp_path / "many.csv"
    file.write_text("act,prompt\n" + "".join(f"Title {n},Text number {n}\n" for n in range(120)))
    page.goto("/sell/import/")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("progressbar").wait_for()
    page.get_by_role("button", name="Import 120 drafts").click()
    page.get_by_text("Your prompts are in").wait_for()
    assert Listing.objects.filter(seller=seller).count() == 120
    assert ImportJob.objects.get().state == ImportState.DONE
