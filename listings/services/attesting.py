"""A seller says that a prompt still works, after its model has moved on."""

from django.db import transaction

from common import clock
from listings.models import Listing
from listings.services.locks import listing_lock


@transaction.atomic
def listing_attest(*, listing: Listing) -> Listing:
    """Note that the seller has tried it with the model as it is now. Locks the listing."""
    locked = listing_lock(listing.pk)
    locked.attested_at = clock.now()
    locked.save(update_fields=["attested_at"])
    return locked
