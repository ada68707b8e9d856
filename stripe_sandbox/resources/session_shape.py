"""The full shape of a checkout session and of its line items, as API version `2026-10-28.endive` gives
them.
"""

from ..ids import new_id
from ..jsontypes import Json
from ..sandbox import Sandbox

_UNUSED = (
    "after_expiration",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "invoice",
    "invoice_creation",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "subscription",
    "wallet_options",
)
"""Fields that a session has and that nothing in the sandbox fills."""


def new_session(sandbox: Sandbox, params: Json, *, total: int, currency: str, expires_at: int) -> Json:
    """Return an open session made of the request's parameters."""
    text = params.get("custom_text", {})
    return dict.fromkeys(_UNUSED) | {
        "id": new_id("cs_test_"),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": sandbox.clock.now(),
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": text.get("after_submit"),
            "shipping_address": None,
            "submit": text.get("submit"),
            "terms_of_service_acceptance": None,
        },
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": _details(params["customer_email"]) if "customer_email" in params else None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "origin_context": params.get("origin_context"),
        "payment_intent": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": _methods(params, currency),
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
    }


def _methods(params: Json, currency: str) -> list[str]:
    """Return what the page offers: all that suit the currency, less what the shop leaves out."""
    suitable = ["card", "us_bank_account"] if currency == "usd" else ["card"]
    allowed = params.get("allowed_payment_method_types") or suitable
    excluded = params.get("excluded_payment_method_types") or []
    return [method for method in suitable if method in allowed and method not in excluded]


def _details(email: str) -> Json:
    unknown = dict.fromkeys(("address", "business_name", "individual_name", "name", "phone", "tax_ids"), None)
    return unknown | {"email": email, "tax_exempt": "none"}


def new_line_items(sandbox: Sandbox, given: list[Json]) -> list[Json]:
    """Return line items, each with the price and product that Stripe makes of `price_data`."""
    return [_line_item(sandbox, item) for item in given]


def _line_item(sandbox: Sandbox, given: Json) -> Json:
    price_data = given["price_data"]
    amount = price_data["unit_amount"] * given["quantity"]
    price = _price(sandbox, price_data)
    return {
        "id": new_id("li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price_data["product_data"]["name"],
        "metadata": given.get("metadata", {}),
        "price": price,
        "quantity": given["quantity"],
    }


def _price(sandbox: Sandbox, price_data: Json) -> Json:
    product = sandbox.store.add(_product(sandbox, price_data["product_data"]))
    unused = ("custom_unit_amount", "lookup_key", "nickname", "recurring", "tiers_mode", "transform_quantity")
    return dict.fromkeys(unused) | {
        "id": new_id("price_"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": sandbox.clock.now(),
        "currency": price_data["currency"].lower(),
        "livemode": False,
        "metadata": {},
        "product": product["id"],
        "tax_behavior": price_data.get("tax_behavior", "unspecified"),
        "type": "one_time",
        "unit_amount": price_data["unit_amount"],
        "unit_amount_decimal": str(price_data["unit_amount"]),
    }


def _product(sandbox: Sandbox, product_data: Json) -> Json:
    now = sandbox.clock.now()
    unused = ("default_price", "package_dimensions", "shippable", "statement_descriptor", "unit_label", "url")
    return dict.fromkeys(unused) | {
        "id": new_id("prod_"),
        "object": "product",
        "active": False,
        "created": now,
        "description": product_data.get("description"),
        "images": product_data.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": product_data.get("metadata", {}),
        "name": product_data["name"],
        "tax_code": product_data.get("tax_code"),
        "type": "service",
        "updated": now,
    }
