"""The full shape of a checkout session and of its line items, as API version `2026-10-28.endive` gives
them.
"""

from ..ids import new_id
from ..jsontypes import Json
from ..sandbox import Sandbox


def new_session(sandbox: Sandbox, params: Json, *, total: int, currency: str, expires_at: int) -> Json:
    """Return an open session made of the request's parameters."""
    text = params.get("custom_text", {})
    return {
        "id": new_id("cs_test_"),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": sandbox.clock.now(),
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": text.get("after_submit"),
            "shipping_address": None,
            "submit": text.get("submit"),
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": _details(params["customer_email"]) if "customer_email" in params else None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "origin_context": params.get("origin_context"),
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": _methods(params, currency),
        "payment_status": "unpaid" if total else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
        "wallet_options": None,
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
    now = sandbox.clock.now()
    product_data = price_data["product_data"]
    product: Json = {
        "id": new_id("prod_"),
        "object": "product",
        "active": False,
        "created": now,
        "default_price": None,
        "description": product_data.get("description"),
        "images": product_data.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": product_data.get("metadata", {}),
        "name": product_data["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": product_data.get("tax_code"),
        "type": "service",
        "unit_label": None,
        "updated": now,
        "url": None,
    }
    sandbox.store.add(product)
    return {
        "id": new_id("price_"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": price_data["currency"].lower(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product["id"],
        "recurring": None,
        "tax_behavior": price_data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": price_data["unit_amount"],
        "unit_amount_decimal": str(price_data["unit_amount"]),
    }
