"""What machines read: covers, the feed, the sitemap, robots.txt."""

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse


def prompt_cover(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


class NewPromptsFeed(Feed):
    pass


def sitemap(request: HttpRequest) -> HttpResponse:
    raise Http404


def robots(request: HttpRequest) -> HttpResponse:
    raise Http404
