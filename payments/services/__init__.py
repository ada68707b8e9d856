"""What changes in payments, by verb. Faces import from here."""

from payments.services.checkout import checkout_return
from payments.services.orders import order_cancel, order_create
from payments.services.quotes import purchase_quote
from payments.services.reading import entitlement_open
from payments.services.refunds import refund_request

__all__ = [
    "checkout_return",
    "entitlement_open",
    "order_cancel",
    "order_create",
    "purchase_quote",
    "refund_request",
]
