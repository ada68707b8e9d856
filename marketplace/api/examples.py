"""Examples of every operation, for the reference: one shop, one buyer, one prompt, through all of them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

SITE = "https://promptfair.example"
SLUG = "meeting-notes-to-action-list"
WHEN = "2026-03-01T12:00:00.123456Z"
LATER = "2026-03-01T12:04:31.500000Z"
ORDER_ID = "0195523d-8c00-7000-8000-4f2a51b0c001"
ITEM_ID = "0195523d-9d00-7000-8000-4f2a51b0c002"
REFUND_ID = "0195523d-ae00-7000-8000-4f2a51b0c003"
PAYOUT_ID = "0195523d-bf00-7000-8000-4f2a51b0c004"
PROMPT = "List the actions in these notes as a table:\n\n{{notes}}"
MONEY = {"currency": "usd"}

VARIABLE = {
    "name": "notes",
    "label": "Your notes",
    "type": "long_text",
    "help": "",
    "default": "",
    "choices": [],
    "required": True,
}
SHOWN = {
    "values": {"notes": "Bo books the room."},
    "output_text": "| Bo | Book the room |",
    "image_url": None,
    "picture": None,
    "picture_alt": "",
}
VERSION = {
    "number": 1,
    "published_at": WHEN,
    "word_count": 9,
    "changelog": "",
    "variables": [VARIABLE],
}
SELLER = {"handle": "acme-prompts", "name": "Acme Prompts"}
MODEL = {"slug": "chatgpt", "name": "ChatGPT", "provider": "OpenAI", "modality": "text"}
CATEGORY = {"slug": "productivity", "name": "Productivity", "description": "Less to do, more done."}
LISTING = {
    "id": 4711,
    "slug": SLUG,
    "url": f"{SITE}/prompts/{SLUG}/",
    "title": "Meeting notes to action list",
    "summary": "Turns raw notes into owners, tasks and dates.",
    "description": "Paste your notes, get a table you can send.",
    "description_html": "<p>Paste your notes, get a table you can send.</p>",
    "model": "chatgpt",
    "category": "productivity",
    "tags": ["meetings", "notes"],
    "language": "en",
    "license": "personal",
    "price_amount": 499,
    **MONEY,
    "status": "published",
    "seller": SELLER,
    "rating": {"average": 4.5, "count": 12},
    "sales_count": 140,
    "favorites_count": 31,
    "published_at": WHEN,
    "cover_url": f"{SITE}/prompts/{SLUG}/cover.svg",
    "owned": False,
    "version": VERSION,
    "examples": [SHOWN, SHOWN],
    "proposal": None,
}
DRAFT = LISTING | {
    "status": "draft",
    "published_at": None,
    "rating": {"average": None, "count": 0},
    "sales_count": 0,
    "favorites_count": 0,
    "version": VERSION | {"published_at": None},
}
ENTRY = {
    "id": ITEM_ID,
    "listing": {"slug": SLUG, "title": LISTING["title"]},
    "version": {"number": 1, "latest": 2},
    "granted_at": LATER,
    "order": ORDER_ID,
    "license": "personal",
}
TEXT = {
    "prompt": PROMPT,
    "variables": [VARIABLE],
    "instructions": "Works best with one meeting at a time.",
    "examples": [SHOWN],
}
REFUND = {
    "id": REFUND_ID,
    "status": "requested",
    "amount": 499,
    **MONEY,
    "reason": "buyer_request",
    "items": [{"listing": SLUG, "amount": 499}],
    "created_at": LATER,
    "settled_at": None,
}
ORDER = {
    "id": ORDER_ID,
    "number": "PF-7Q2KD-M4XWA",
    "status": "pending",
    **MONEY,
    "subtotal_amount": 499,
    "discount_amount": 0,
    "tax_amount": 0,
    "total_amount": 499,
    "checkout_url": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
    "items": [
        {
            "listing": SLUG,
            "title": LISTING["title"],
            "version": 1,
            "unit_amount": 499,
            "discount_amount": 0,
        }
    ],
    "created_at": WHEN,
    "expires_at": "2026-03-01T13:00:00.123456Z",
    "paid_at": None,
    "delivered_at": None,
    "gift": None,
    "refunds": [],
}
PAID = ORDER | {"status": "paid", "checkout_url": None, "paid_at": LATER, "delivered_at": LATER}
PAYOUT = {
    "id": PAYOUT_ID,
    "amount": 2500,
    **MONEY,
    "status": "requested",
    "trigger": "request",
    "reversed_amount": 0,
    "failure_code": "",
    "stripe_transfer_id": None,
    "created_at": WHEN,
    "settled_at": None,
}
SALE = {
    "id": 9001,
    "order_number": ORDER["number"],
    "listing": SLUG,
    "title": LISTING["title"],
    **MONEY,
    "unit_amount": 499,
    "discount_amount": 0,
    "platform_fee_amount": 99,
    "processing_fee_amount": 0,
    "brought_by": "search",
    "seller_amount": 400,
    "refunded_amount": 0,
    "disputed_amount": 0,
    "disputed_share_amount": 0,
    "dispute": None,
    "paid_at": LATER,
}
ME = {
    "id": 17,
    "email": "ana@example.com",
    "display_name": "Ana",
    "handle": "ana",
    "language": "en",
    "seller": SELLER,
    "is_moderator": False,
    "scopes": ["listings:read", "listings:write", "library:read"],
}
FIGURES = {
    "sales_count": 3,
    "gross_amount": 1497,
    "fee_amount": 297,
    "net_amount": 1200,
    "refunded_amount": 0,
    "discount_amount": 0,
    "disputed_amount": 0,
    "processing_amount": 0,
    "kept_amount": 1200,
    "views_count": 85,
}
PART = {"name": "search", "sales_count": 3, "net_amount": 1200, "discount_amount": 0}
QUEUED: dict[str, Any] = {
    **{name: LISTING[name] for name in ("slug", "title", "summary", "model", "category", "price_amount")},
    **MONEY,
    "seller": SELLER,
    "status": "in_review",
    "version": 1,
    "submitted_at": WHEN,
    "source_url": f"{SITE}/api/v1/listings/{SLUG}/versions/1/source/",
    "is_appeal": False,
    "checks": {"state": "queued", "score": None, "findings": [], "near_copies": [], "finished_at": None},
}
REVISION = {
    "id": 12,
    "slug": SLUG,
    "title": LISTING["title"],
    "seller": SELLER,
    "before": {"summary": LISTING["summary"]},
    "changes": {"summary": "Owners, tasks and dates from raw notes."},
    "submitted_at": WHEN,
}
REVIEW = {
    "id": 301,
    "stars": 5,
    "text": "Saves me half an hour a week.",
    "buyer": "Bo",
    "created_at": LATER,
    "edited_at": None,
    "reply": "",
    "replied_at": None,
}

# What is sent, where the view does not say it itself.
REQUESTS: dict[str, Any] = {
    "listings_update": {"price_amount": 599, "tags": ["meetings"]},
    "listings_versions_create": {"prompt": PROMPT, "changelog": "Asks for dates as well."},
    "me_update": {"display_name": "Ana", "language": "fr"},
    "me_favorites_create": {"listing": SLUG},
    "moderation_revisions_decision": {"decision": "publish"},
}


def _page(*rows: Any) -> dict[str, Any]:
    return {"results": list(rows), "next": None, "previous": None}


RESPONSES: dict[str, Any] = {
    "categories_list": _page(CATEGORY),
    "library_list": _page(ENTRY),
    "library_retrieve": ENTRY | TEXT,
    "library_render": {
        "text": "List the actions in these notes as a table:\n\nBo books the room.",
        "version": 1,
        "parts": [],
    },
    "library_versions_retrieve": TEXT
    | {"number": 2, "changelog": "Asks for dates as well.", "published_at": WHEN},
    "listings_list": _page(LISTING) | {"next": f"{SITE}/api/v1/listings/?cursor=WyJuIiwiMSJd"},
    "listings_create": DRAFT,
    "listings_retrieve": LISTING,
    "listings_update": LISTING | {"price_amount": 599, "tags": ["meetings"]},
    "listings_publication_create": LISTING,
    "listings_reviews_list": _page(REVIEW),
    "listings_similar_list": _page(LISTING),
    "listings_submission_create": {"status": "in_review", "position": 3},
    "listings_versions_list": _page(VERSION),
    "listings_versions_create": VERSION | {"number": 2, "published_at": None},
    "listings_versions_source": TEXT
    | {
        "number": 1,
        "changelog": "",
        "word_count": 9,
        "created_at": WHEN,
        "submitted_at": WHEN,
        "published_at": None,
    },
    "me_retrieve": ME,
    "me_update": ME | {"language": "fr"},
    "me_favorites_list": _page(LISTING),
    "me_favorites_create": LISTING,
    "models_list": _page(MODEL),
    "moderation_list": _page(QUEUED),
    "moderation_decision": {"slug": SLUG, "decision": "reject", "status": "rejected"},
    "moderation_revisions_list": _page(REVISION),
    "moderation_revisions_decision": {"id": 12, "slug": SLUG, "status": "applied"},
    "orders_list": _page(PAID),
    "orders_create": ORDER,
    "orders_retrieve": PAID,
    "orders_refunds_create": REFUND,
    "pictures_create": {
        "picture": "3f0a9c",
        "url": f"{SITE}/pictures/3f0a9c-1200.webp",
        "width": 1200,
        "height": 800,
    },
    "search_suggest": _page(
        {"kind": "words", "text": "meeting notes", "listing": None, "url": "/prompts/?q=meeting+notes"},
        {"kind": "listing", "text": LISTING["title"], "listing": SLUG, "url": f"/prompts/{SLUG}/"},
    ),
    "seller_balance_retrieve": MONEY
    | {"pending_amount": 1200, "available_amount": 5400, "paid_out_amount": 30000},
    "seller_listings_list": _page(DRAFT),
    "seller_listings_bulk": {
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "duplicate": 0,
        "refused": 0,
        "results": [
            {
                "index": 0,
                "outcome": "created",
                "listing": SLUG,
                "external_id": "notes/actions.md",
                "code": "",
                "detail": "",
                "errors": {},
            },
            {
                "index": 1,
                "outcome": "updated",
                "listing": "weekly-report-writer",
                "external_id": "",
                "code": "",
                "detail": "",
                "errors": {},
            },
        ],
    },
    "seller_payouts_list": _page(PAYOUT),
    "seller_payouts_create": PAYOUT,
    "seller_payouts_retrieve": PAYOUT
    | {"status": "paid", "stripe_transfer_id": "tr_1Qx2", "settled_at": LATER},
    "seller_sales_list": _page(SALE),
    "seller_sales_refunds_create": REFUND | {"amount": 200, "items": [{"listing": SLUG, "amount": 200}]},
    "seller_stats_retrieve": {
        **MONEY,
        "first_day": "2026-02-28",
        "last_day": "2026-03-01",
        "figures": FIGURES,
        "before": FIGURES,
        "days": [{"day": "2026-03-01", "sales_count": 3, "net_amount": 1200, "views_count": 85}],
        "best_listings": [{"listing": SLUG, "sales_count": 3, "net_amount": 1200, "views_count": 85}],
        "sources": {"search": 61, "direct": 24},
        "sale_sources": [PART],
        "countries": [PART | {"name": "FR"}],
        "coupons": [PART | {"name": "SPRING"}],
        "counted_until": WHEN,
    },
    "tags_list": _page({"slug": "meetings"}),
}


def examples_of(operation_id: str) -> list[OpenApiExample]:
    """What is sent and what comes back, as far as the operation has a body."""
    examples = []
    if operation_id in REQUESTS:
        examples.append(OpenApiExample("Request", value=REQUESTS[operation_id], request_only=True))
    if operation_id in RESPONSES:
        value = RESPONSES[operation_id]
        status = ["200", "201", "202"]
        examples.append(OpenApiExample("Answer", value=value, response_only=True, status_codes=status))
    return examples
