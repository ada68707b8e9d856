"""A file through the studio: tried first, imported on a word, resumed when left, its text kept nowhere."""

import datetime
import logging
from collections import Counter

import pytest
from django.utils import timezone

from accounts.models import SellerProfile
from common import clock
from common.errors import Conflict, InvalidInput
from listings.models import ImportJob, ImportRow, ImportState, Listing, ListingStatus
from listings.queries.imports import import_rows, outcome_counts
from listings.services import import_jobs
from listings.services.import_jobs import (
    import_cancel,
    import_run,
    import_start,
    import_upload,
    imports_sweep,
)
from tests.factories import ListingFactory, SellerProfileFactory
from tests.payments.waiting import until
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

CANARY = "quokkafeather"
FILE = f"act,prompt,price\nOne,{CANARY} one [Name],\nTwo,second,\nTwo again,SECOND,\nDear,third,2\n"


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice")


def upload(seller: SellerProfile, content: str | bytes = FILE, name: str = "mine.csv") -> ImportJob:
    content = content if isinstance(content, bytes) else content.encode()
    return import_upload(seller=seller, file_name=name, content=content)


def run(job: ImportJob) -> ImportJob:
    import_run(job_id=str(job.pk))
    job.refresh_from_db()
    return job


def many(count: int) -> str:
    return "act,prompt\n" + "".join(f"Title {number},Text number {number}\n" for number in range(count))


def lease_ends(job: ImportJob) -> None:
    ImportJob.objects.filter(pk=job.pk).update(next_attempt_at=timezone.now())


def outcomes(job: ImportJob) -> list[tuple[int, str, str]]:
    return [(row.line, row.outcome, row.reason) for row in import_rows(job)]


EXPECTED = [
    (2, "new", ""),
    (3, "new", ""),
    (4, "copy", "The same text as the row on line 3."),
    (5, "refused", "price_amount: A prompt is free or costs at least $3.00."),
]


def test_a_file_is_tried_before_anything_is_written(alice: SellerProfile) -> None:
    job = run(upload(alice))

    assert (job.state, job.rows_done, job.rows_total) == (ImportState.CHECKED, 4, 4)
    assert outcomes(job) == EXPECTED
    assert [row.score is not None for row in import_rows(job)] == [True, True, False, False]
    assert not Listing.objects.exists()


def test_on_the_seller_s_word_it_becomes_drafts_and_the_file_is_not_kept(alice: SellerProfile) -> None:
    job = run(import_start(job=run(upload(alice))))

    assert (job.state, bytes(job.content), job.ended_at is not None) == (ImportState.DONE, b"", True)
    assert outcomes(job) == EXPECTED
    drafts = Listing.objects.filter(seller=alice, status=ListingStatus.DRAFT)
    assert sorted(drafts.values_list("title", flat=True)) == ["One", "Two"]
    assert [row.listing.title for row in import_rows(job) if row.listing] == ["One", "Two"]


def test_a_file_that_came_in_adds_nothing_twice(alice: SellerProfile) -> None:
    run(import_start(job=run(upload(alice))))

    again = run(import_start(job=run(upload(alice))))

    assert outcome_counts(again) == {"new": 0, "already": 2, "copy": 1, "refused": 1}
    assert Listing.objects.count() == 2


def test_what_the_task_cannot_finish_in_its_time_the_next_one_goes_on_with(
    alice: SellerProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = run(upload(alice, many(60)))
    import_start(job=job)
    monkeypatch.setattr(import_jobs, "TASK_SECONDS", -1)

    seen = []
    for _ in range(3):
        seen.append((run(job).state, job.rows_done, Listing.objects.count()))

    assert seen == [("importing", 25, 25), ("importing", 50, 50), ("done", 60, 60)]
    assert ImportRow.objects.filter(job=job).count() == 60


def test_copies_are_seen_across_chunks(alice: SellerProfile) -> None:
    job = run(upload(alice, many(40) + "Late copy,text NUMBER 3\n"))

    assert outcomes(job)[-1] == (42, "copy", "The same text as the row on line 5.")


def test_a_claimed_job_is_left_to_its_worker(alice: SellerProfile) -> None:
    job = upload(alice)
    ImportJob.objects.update(next_attempt_at=timezone.now() + datetime.timedelta(seconds=10))

    assert run(job).rows_done == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_job_take_each_row_once(alice: SellerProfile) -> None:
    job = run(upload(alice, many(80)))
    import_start(job=job)

    def work(_number: int) -> None:
        for _ in range(4):
            lease_ends(job)
            import_run(job_id=str(job.pk))

    assert at_once(3, work) == [None] * 3
    job.refresh_from_db()
    assert (job.state, job.rows_done, Listing.objects.count()) == (ImportState.DONE, 80, 80)


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_are_one_file_and_a_refusal(alice: SellerProfile) -> None:
    found = at_once(2, lambda _number: upload(alice))

    assert Counter(type(each).__name__ for each in found) == {"ImportJob": 1, "Conflict": 1}


def test_canceling_stops_keeps_the_drafts_and_forgets_the_file(
    alice: SellerProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_jobs, "TASK_SECONDS", -1)
    job = upload(alice, many(60))
    for _ in range(3):
        run(job)
    import_start(job=job)
    run(job)

    import_cancel(job=job)

    lease_ends(job)
    assert (run(job).state, bytes(job.content), Listing.objects.count()) == (ImportState.CANCELED, b"", 25)
    with pytest.raises(Conflict):
        import_start(job=job)


def test_a_second_file_waits_while_one_is_at_work_and_takes_the_place_of_one_that_was_checked(
    alice: SellerProfile,
) -> None:
    first = upload(alice)
    with pytest.raises(Conflict) as refused:
        upload(alice)
    assert refused.value.code == "import_running"

    run(first)
    second = upload(alice)

    first.refresh_from_db()
    assert (first.state, second.state) == (ImportState.CANCELED, ImportState.CHECKING)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "The file is empty."),
        ("act,prompt\n", "There is no row below the first line."),
        ("title,body\na,b\n", "The first line must name the columns; missing: act, prompt."),
        (b"\xff\xfea", "The file is not UTF-8 text."),
        (b"x" * 10_000_001, "The file is larger than 10 MB. Cut it in two."),
        ("act,prompt\n" + "a,b\n" * 5_001, "The file has 5001 rows; 5000 are the most. Cut it in two."),
    ],
    ids=["empty", "header only", "other columns", "not text", "too large", "too many rows"],
)
def test_what_is_no_prompt_file_is_refused_with_the_reason(
    alice: SellerProfile, content: str | bytes, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        upload(alice, content)

    assert refused.value.errors == {"file": [reason]}
    assert not ImportJob.objects.exists()


def test_reasons_are_in_the_seller_s_language(alice: SellerProfile) -> None:
    alice.user.language = "fr"
    alice.user.save()

    job = run(upload(alice))

    assert "ligne 3" in outcomes(job)[2][2]


def test_a_job_that_fails_again_and_again_is_stopped_and_says_nothing_of_the_text(
    alice: SellerProfile, caplog: pytest.LogCaptureFixture
) -> None:
    job = upload(alice)
    # As if the file were damaged in the database: it can no longer be read.
    ImportJob.objects.update(content=f"{CANARY},broken\n".encode())

    with caplog.at_level(logging.ERROR):
        for _ in range(import_jobs.MAX_ATTEMPTS):
            lease_ends(job)
            run(job)

    assert (job.state, job.last_error, bytes(job.content)) == (ImportState.FAILED, "InvalidInput", b"")
    assert CANARY not in caplog.text


def test_no_row_and_no_name_holds_the_text(alice: SellerProfile) -> None:
    job = run(import_start(job=run(upload(alice))))

    assert CANARY not in str(list(job.rows.values())) + str(job) + str(job.rows.first())


def test_files_nobody_imported_and_old_reports_are_forgotten(alice: SellerProfile) -> None:
    checked = run(upload(alice))
    done = run(import_start(job=run(upload(SellerProfileFactory.create()))))
    long_ago = clock.now() - datetime.timedelta(days=100)
    ImportJob.objects.filter(pk=checked.pk).update(created_at=long_ago)
    ImportJob.objects.filter(pk=done.pk).update(ended_at=long_ago)

    imports_sweep()

    checked.refresh_from_db()
    assert (checked.state, bytes(checked.content)) == (ImportState.CANCELED, b"")
    assert not ImportJob.objects.filter(pk=done.pk).exists()
    assert Listing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_hint_was_lost_is_found_by_the_sweeper(celery_worker_process: object) -> None:
    job = ImportJob.objects.create(
        seller=SellerProfileFactory.create(), file_name="a.csv", content=FILE.encode(), rows_total=4
    )

    imports_sweep()

    assert until(lambda: ImportJob.objects.get(pk=job.pk).state == ImportState.CHECKED)


def test_what_another_seller_published_is_reported_as_a_copy(alice: SellerProfile) -> None:
    ListingFactory.create(status=ListingStatus.PUBLISHED, text="Second")

    assert outcomes(run(upload(alice)))[1] == (3, "copy", "Another seller offers this very text.")
