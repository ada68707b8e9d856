"""The rows that the demo's staff picked for the front page."""

from listings.models import Collection, CollectionItem, Listing
from marketplace.demo.seeding.catalogue import vocabulary

_WORDS = ("title", "title_fr", "text", "text_fr")


def collections_ensure() -> None:
    """Make the collections that are missing; those that are there stay as staff left them."""
    for position, row in enumerate(vocabulary()["collections"], 1):
        words = {name: row[name] for name in _WORDS}
        collection, is_new = Collection.objects.get_or_create(
            slug=row["slug"], defaults={**words, "position": position, "is_shown": True}
        )
        if is_new:
            listings = Listing.objects.in_bulk(row["listings"], field_name="slug")
            CollectionItem.objects.bulk_create(
                CollectionItem(collection=collection, listing=listings[slug], position=place)
                for place, slug in enumerate(row["listings"], 1)
            )
