"""A prompt file through the studio: each row tried, then imported on the seller's word, in the background."""

import datetime
import io
import logging
import time
import traceback
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import SellerProfile
from common import clock
from common.attempts import LEASE, due_ids, row_claim
from common.enqueue import enqueue, enqueue_on_commit
from common.errors import Conflict, InvalidInput
from common.texts import one_line
from listings.models import ACTIVE_STATES, OPEN_STATES, ImportJob, ImportRow, ImportState
from listings.services.importing import RowResult, RowTaker
from listings.services.locks import import_job_lock
from listings.services.prompt_files import PromptRow, rows_read

MAX_FILE_BYTES = 10_000_000
MAX_ROWS = 5_000
CHUNK_ROWS = 25
# Below Celery's limits, so that a long file ends one task where the next goes on.
TASK_SECONDS = 100
MAX_ATTEMPTS = 5
# A file that was checked and never imported holds prompts for nothing; a report is of use for a while.
CHECKED_KEPT = datetime.timedelta(days=7)
REPORT_KEPT = datetime.timedelta(days=90)
REASON_SHOWN = 600
WAITING = Q(state__in=ACTIVE_STATES)
TASK = "listings.import_run"

logger = logging.getLogger(__name__)


@transaction.atomic
def import_upload(*, seller: SellerProfile, file_name: str, content: bytes) -> ImportJob:
    """Keep a file of at most 10 MB and 5,000 rows, and have each row tried. A file checked before is dropped.

    Raises InvalidInput `file` when it is no prompt file, Conflict `import_running` while another is at work.
    """
    rows = _rows(file_name, content)
    for older in ImportJob.objects.filter(seller=seller, state=ImportState.CHECKED).defer("content"):
        import_cancel(job=older)
    try:
        with transaction.atomic():
            job = ImportJob.objects.create(
                seller=seller,
                file_name=one_line(file_name)[-120:],
                content=content,
                rows_total=len(rows),
            )
    except IntegrityError as error:
        raise Conflict(
            _("Another file of yours is being imported. Wait for it, or cancel it."), code="import_running"
        ) from error
    enqueue_on_commit(TASK, str(job.pk))
    return job


@transaction.atomic
def import_start(*, job: ImportJob) -> ImportJob:
    """Import what was checked; doing it again changes nothing. Locks the job.

    Raises Conflict `import_ended` for one that was canceled or is stopped.
    """
    locked = import_job_lock(job.pk)
    if locked is None or locked.state in (ImportState.CANCELED, ImportState.FAILED, ImportState.CHECKING):
        raise Conflict(_("This import cannot be started. Upload the file again."), code="import_ended")
    if locked.state != ImportState.CHECKED:
        return locked
    locked.rows.all().delete()
    locked.state, locked.rows_done, locked.attempts = ImportState.IMPORTING, 0, 0
    locked.next_attempt_at = timezone.now()
    locked.save(update_fields=["state", "rows_done", "attempts", "next_attempt_at"])
    enqueue_on_commit(TASK, str(locked.pk))
    return locked


@transaction.atomic
def import_cancel(*, job: ImportJob) -> ImportJob:
    """Stop; drafts that are in stay. Locks the job, and so waits for the rows that are being taken."""
    locked = import_job_lock(job.pk)
    if locked is None:
        return job
    if locked.state in OPEN_STATES:
        _end(locked, ImportState.CANCELED)
    return locked


def import_run(*, job_id: str) -> None:
    """Take rows until all are taken or the task's time is up; then another task goes on."""
    job = row_claim(
        ImportJob.objects.filter(pk=job_id).select_related("seller__user").defer("content"), waiting=WAITING
    )
    if job is None:
        return
    until = time.monotonic() + TASK_SECONDS
    with translation.override(job.seller.user.language):
        try:
            content = ImportJob.objects.values_list("content", flat=True).get(pk=job.pk)
            rows = _rows(job.file_name, bytes(content)) if content else []
            while _chunk_take(job.pk, rows):
                if time.monotonic() > until:
                    ImportJob.objects.filter(WAITING, pk=job.pk).update(next_attempt_at=timezone.now())
                    enqueue(TASK, str(job.pk))
                    return
        except Exception as error:
            _failed(job, error)


def imports_sweep() -> None:
    """Go on with what was left, and forget files that nobody imported and reports that nobody needs."""
    for job_id in due_ids(ImportJob, waiting=WAITING):
        enqueue(TASK, str(job_id))
    now = clock.now()
    forgotten = ImportJob.objects.filter(state=ImportState.CHECKED, created_at__lt=now - CHECKED_KEPT)
    for job in forgotten.defer("content"):
        import_cancel(job=job)
    ImportJob.objects.filter(ended_at__lt=now - REPORT_KEPT).delete()


def _rows(file_name: str, content: bytes) -> list[PromptRow]:
    if len(content) > MAX_FILE_BYTES:
        sentence = _("The file is larger than %(limit)d MB. Cut it in two.")
        raise InvalidInput.of("file", sentence % {"limit": MAX_FILE_BYTES // 1_000_000})
    rows = list(rows_read(io.BytesIO(content), name=file_name))
    if not rows:
        raise InvalidInput.of("file", _("There is no row below the first line."))
    if len(rows) > MAX_ROWS:
        sentence = ngettext(
            "The file has %(count)d row; %(limit)d is the most. Cut it in two.",
            "The file has %(count)d rows; %(limit)d are the most. Cut it in two.",
            len(rows),
        )
        raise InvalidInput.of("file", sentence % {"count": len(rows), "limit": MAX_ROWS})
    return rows


@transaction.atomic
def _chunk_take(job_id: Any, rows: Sequence[PromptRow]) -> bool:
    """Take the next rows together with the note that they are taken; whether there are more."""
    job = import_job_lock(job_id, may_wait=False)
    if job is None or not job.is_active:
        return False
    seen = dict(job.rows.exclude(text_hash="").values_list("text_hash", "line"))
    taker = RowTaker(seller=job.seller, dry_run=job.state == ImportState.CHECKING, seen=seen)
    chunk = rows[job.rows_done : job.rows_done + CHUNK_ROWS]
    ImportRow.objects.bulk_create(
        _row(job, position, taker.take(row)) for position, row in enumerate(chunk, job.rows_done)
    )
    job.rows_done += len(chunk)
    job.attempts, job.last_error = 0, ""
    job.next_attempt_at = timezone.now() + LEASE  # keeps the sweeper away while this task goes on
    job.save(update_fields=["rows_done", "attempts", "last_error", "next_attempt_at"])
    if job.rows_done < job.rows_total:
        return True
    if job.state == ImportState.IMPORTING:
        _end(job, ImportState.DONE)
    else:
        job.state = ImportState.CHECKED
        job.save(update_fields=["state"])
    return False


def _row(job: ImportJob, position: int, result: RowResult) -> ImportRow:
    return ImportRow(
        job=job,
        position=position,
        line=result.line,
        title=result.title,
        outcome=result.outcome,
        reason=result.reason[:REASON_SHOWN],
        score=result.score,
        text_hash=result.text_hash,
        listing=result.listing,
    )


def _failed(job: ImportJob, error: Exception) -> None:
    """Note what kind of error it was and where; its words may hold a prompt, and stay out of row and log."""
    kind, where = type(error).__name__, "".join(traceback.format_tb(error.__traceback__))
    logger.error("Import %s failed: %s\n%s", job.pk, kind, where)
    ImportJob.objects.filter(WAITING, pk=job.pk).update(last_error=kind)
    with transaction.atomic():
        locked = import_job_lock(job.pk)
        if locked is not None and locked.is_active and locked.attempts >= MAX_ATTEMPTS:
            _end(locked, ImportState.FAILED)


def _end(job: ImportJob, state: ImportState) -> None:
    """Nothing more is done with the file, so the prompts in it are not kept."""
    job.state, job.ended_at, job.content = state, clock.now(), b""
    job.save(update_fields=["state", "ended_at", "content"])
