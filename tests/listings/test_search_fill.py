"""`manage.py search_fill`: the whole catalogue findable at once, however often it was interrupted."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from listings.models import Listing, ListingSearch, ListingStatus, SearchChange, SearchLexeme
from listings.search.engine import search
from listings.search.query import SearchQuery
from listings.services import searching
from listings.services.searching import search_fill
from tests.factories import ListingFactory


def on_sale(**fields: Any) -> Listing:
    return ListingFactory(status=ListingStatus.PUBLISHED, **fields)


def emptied() -> None:
    """As a migration leaves it that makes the tables anew."""
    for table in (ListingSearch, SearchLexeme, SearchChange):
        table.objects.all().delete()


def fill(**options: Any) -> str:
    out = StringIO()
    call_command("search_fill", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_everything_on_sale_is_found_again_and_nothing_else() -> None:
    listings = [on_sale(title=f"Lighthouse number {number}") for number in range(5)]
    gone = on_sale(title="Lighthouse of old")
    emptied()
    Listing.objects.filter(pk=gone.pk).update(status=ListingStatus.UNLISTED)

    assert "5 search rows written" in fill()

    assert set(search(SearchQuery(words="lighthouse")).ids) == {listing.pk for listing in listings}
    assert SearchLexeme.objects.get(lexeme="lighthous").documents == 5
    assert "0 search rows written" in fill()


@pytest.mark.django_db
def test_it_goes_on_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LOCKED", 2)
    for number in range(5):
        on_sale(title=f"Lighthouse number {number}")
    emptied()

    steps = search_fill()
    assert [next(steps).done for _ in range(3)] == [0, 2, 4]
    steps.close()
    assert ListingSearch.objects.count() == 4

    assert "1 search rows written" in fill()
    assert SearchLexeme.objects.get(lexeme="lighthous").documents == 5


@pytest.mark.django_db
def test_rows_left_behind_are_deleted() -> None:
    stale = on_sale()
    Listing.objects.filter(pk=stale.pk).update(status=ListingStatus.UNLISTED)
    fill()
    assert not ListingSearch.objects.exists()


@pytest.mark.django_db
def test_all_writes_every_row_anew() -> None:
    listing = on_sale(title="Lighthouse")
    Listing.objects.filter(pk=listing.pk).update(title="Windmill")
    fill()
    assert search(SearchQuery(words="windmill")).ids == []
    fill(all=True)
    assert search(SearchQuery(words="windmill")).ids == [listing.pk]
