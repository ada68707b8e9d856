"""Pictures sent with the editor's form: taken in at once, so that a refused form does not lose them."""

import re
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from listings.services.pictures import picture_store
from marketplace.pages.selling_fields import example_prefix
from marketplace.pages.selling_form import Data

_UPLOAD = re.compile(r"example-(\d{1,3})-upload")


def sent_with_pictures(request: HttpRequest) -> tuple[Data, list[str]]:
    """What was typed, each uploaded picture named in it; and what is wrong with those that were refused."""
    data: Data = {name: str(value) for name, value in request.POST.items()}
    refused = []
    for name, file in request.FILES.items():
        match = _UPLOAD.fullmatch(name)
        if match is None or not isinstance(file, UploadedFile):
            continue
        index = int(match[1])
        try:
            picture = picture_store(file=cast(BinaryIO, file), size=file.size or 0)
        except InvalidInput as error:
            problem = {"number": index + 1, "problem": error.message}
            refused.append(_("Example %(number)d: %(problem)s") % problem)
        else:
            data[f"{example_prefix(index)}-picture"] = picture.digest
    return data, refused
