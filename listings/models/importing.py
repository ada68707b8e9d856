from django.db import models

from accounts.models import SellerProfile
from common import clock
from listings.models.listing import Listing


class ImportedPrompt(models.Model):
    """What a prompt file has brought in: running it again adds nothing, though the draft was edited."""

    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    text_hash = models.CharField(max_length=64, help_text="Of the text as the file had it.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "text_hash"], name="imported_once_per_seller")
        ]

    def __str__(self) -> str:
        return f"import of listing {self.listing_id}"
