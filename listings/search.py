"""The search rows of published listings."""

from django.db import connection

from listings.models import Listing, ListingSearch, ListingStatus

_DOCUMENT = """
    setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', summary), 'B') ||
    setweight(to_tsvector('simple', description), 'C')
"""
_UPSERT = f"""
    INSERT INTO listings_listingsearch (listing_id, document)
    SELECT id, {_DOCUMENT} FROM listings_listing WHERE id = %s
    ON CONFLICT (listing_id) DO UPDATE SET document = excluded.document
"""  # noqa: S608 - made of constants


def search_row_refresh(listing_id: int) -> None:
    """Write the listing's search row from its public text, or delete it when the listing is not published."""
    if Listing.objects.filter(pk=listing_id, status=ListingStatus.PUBLISHED).exists():
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, [listing_id])
    else:
        ListingSearch.objects.filter(listing_id=listing_id).delete()
