"""Home, browse, a prompt's page, and the shelves by model, category and seller."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/finding/home.html")


def prompts(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/finding/home.html")


def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


def model(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


def category(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


def seller(request: HttpRequest, handle: str) -> HttpResponse:
    raise Http404
