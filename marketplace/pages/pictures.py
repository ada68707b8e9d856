"""Pictures of examples, out of the storage. Their names tell the content, so they never change."""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

_NAME = re.compile(r"[0-9a-f]{64}-[0-9]{1,18}-[0-9]{1,5}")


@require_safe
def picture(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """One file, as a picture and as nothing else, whatever is in it."""
    if not _NAME.fullmatch(name) or folder != name[:2]:
        raise Http404
    try:
        file = default_storage.open(f"examples/{folder}/{name}.webp")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
