"""Pictures of examples: kept in the storage, and swept out of it when nothing shows them any more."""

import datetime
from collections.abc import Collection
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from common import clock
from listings.models import ExampleOutput, Picture
from listings.pictures import Encoded, picture_encode
from listings.services.locks import picture_lock

# As long as someone may still be writing the listing that will show it.
UNUSED_FOR = datetime.timedelta(days=2)
_SWEPT_AT_ONCE = 500


def picture_store(*, file: BinaryIO, size: int) -> Picture:
    """Keep an uploaded picture, once for each content. Raises InvalidInput on `picture`.

    The row is committed before the files are written, so that files without a row cannot be.
    """
    encoded = picture_encode(file, size=size)
    picture = _row(encoded)
    if picture.stored_at is None:
        for width, content in encoded.files.items():
            _write(picture.file_name(width), content)
        picture.stored_at = clock.now()
        picture.save(update_fields=["stored_at"])
    return picture


def pictures_sweep(*, keep: Collection[str] = ()) -> None:
    """Take pictures away that no example shows. `keep`: digests of those in texts not saved yet."""
    used = ExampleOutput.objects.filter(picture=OuterRef("pk"))
    unused = Picture.objects.filter(
        ~Exists(used), touched_at__lt=clock.now() - UNUSED_FOR, doomed_at=None
    ).exclude(digest__in=keep)
    for pk in unused.values_list("pk", flat=True)[:_SWEPT_AT_ONCE]:
        _doom(pk)
    for picture in Picture.objects.filter(doomed_at__isnull=False)[:_SWEPT_AT_ONCE]:
        for width in picture.widths:
            default_storage.delete(picture.file_name(width))
        picture.delete()


@transaction.atomic
def _doom(pk: int) -> None:
    picture = picture_lock(pk)
    is_used = ExampleOutput.objects.filter(picture=pk).exists()
    if picture is None or is_used or picture.touched_at >= clock.now() - UNUSED_FOR:
        return
    picture.doomed_at = clock.now()
    picture.save(update_fields=["doomed_at"])


def _row(encoded: Encoded) -> Picture:
    try:
        with transaction.atomic():
            picture, is_new = Picture.objects.get_or_create(
                digest=encoded.digest,
                doomed_at=None,
                defaults={"width": encoded.width, "height": encoded.height},
            )
    except IntegrityError:
        picture, is_new = Picture.objects.get(digest=encoded.digest, doomed_at=None), False
    if not is_new:
        Picture.objects.filter(pk=picture.pk).update(touched_at=clock.now())
    return picture


def _write(name: str, content: bytes) -> None:
    if default_storage.exists(name):
        return
    written = default_storage.save(name, ContentFile(content))
    if written != name:
        # Someone else wrote the same at this moment.
        default_storage.delete(written)
