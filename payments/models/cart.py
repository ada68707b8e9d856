"""What somebody who is signed in means to buy. A guest's cart is a cookie: see marketplace.pages.carts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models import Listing

# One Checkout Session takes a hundred lines; an order by API has 50.
MAX_CART_LINES = 50


class CartLine(models.Model):
    """One listing in a buyer's cart. It is worth what the listing costs when it is ordered."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="cart_lines", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering = ("added_at", "pk")
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="cart_line_once")]

    def __str__(self) -> str:
        return f"{self.listing_id} for {self.user_id}"
