"""The licences' wordings, at addresses that never change what they say."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from listings.licences import licence_text


@require_safe
def licence(request: HttpRequest, license: str, version: int) -> HttpResponse:
    text = licence_text(license, version)
    if text is None:
        raise Http404
    return render(request, "pages/finding/licence.html", {"text": text})
