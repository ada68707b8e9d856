"""What is sold by a seller's own link: who is charged what, and what counts as one."""

from tests.mutants.mutant import Edit, Mutant, Sql

ATTRIBUTION, PROCESSING = "marketplace/attribution.py", "payments/services/processing.py"
PRICING, ORDERS = "payments/services/pricing.py", "payments/services/orders.py"
WHOLE = "test_the_seller_has_the_price_less_what_stripe_kept"

MUTANTS = [
    Mutant(
        (11, 18),
        "what came by its seller's own link has no platform fee",
        (Edit(PRICING, "0 if listing.slug in own_links else fee_bps", "fee_bps"),),
        ("test_who_comes_by_the_sellers_link_buys_without_our_fee",),
    ),
    Mutant(
        (18,),
        "the seller bears the processing fee of an own link's sale",
        (Edit(PROCESSING, "if not any(item.is_own_link for item in items):", "if items:"),),
        (WHOLE,),
    ),
    Mutant(
        (18,),
        "only what was sold by own links bears processing",
        (Edit(PROCESSING, "if item.is_own_link and part]", "if part]"),),
        ("test_of_an_order_of_several_each_own_link_bears_its_part",),
    ),
    Mutant(
        (18,),
        "the processing fee is held back when earnings are released",
        (Edit("payments/services/earnings.py", "+ item.processing_fee_amount", ""),),
        ("test_a_refund_gives_the_price_back_and_not_the_processing_fee",),
    ),
    Mutant(
        (11, 12),
        "an open order with our fee is not taken for one by the link",
        (
            Edit(
                ORDERS,
                '("listing_id", "unit_amount", "discount_amount", "version_id", "source")',
                '("listing_id", "unit_amount", "discount_amount", "version_id", Value("own_link"))',
            ),
            Edit(ORDERS, "from django.db.models import Q", "from django.db.models import Q, Value"),
            Edit(ORDERS, "str(asked.sources.get(line.listing.slug, SaleSource.SITE)),", '"own_link",'),
        ),
        ("test_an_open_order_without_the_link_is_not_taken_for_one_with_it",),
    ),
    Mutant(
        (11,),
        "a link inside this site is nobody's own link",
        (Edit(ATTRIBUTION, "or _comes_from_here(request):", "or False:"),),
        ("test_a_link_inside_this_site_brings_nobody",),
    ),
    Mutant(
        (11,),
        "an own link counts for some days",
        (Edit(ATTRIBUTION, "in _arrivals(request) if oldest <= at", "in _arrivals(request)"),),
        ("test_it_counts_for_thirty_days",),
    ),
    Mutant(
        (11,),
        "an own link counts for its seller alone",
        (
            Edit(ATTRIBUTION, "brought[listing.seller_id] for", "next(iter(brought.values())) for"),
            Edit(ATTRIBUTION, "in listings if listing.seller_id in brought", "in listings if brought"),
        ),
        ("test_it_counts_for_the_links_seller_alone",),
    ),
    Mutant(
        (3, 11),
        "what names the buyer's way is signed for this alone",
        (
            Edit(
                ATTRIBUTION,
                'signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)',
                'signing.loads(request.COOKIES.get(COOKIE, ""), salt="other")',
            ),
        ),
        ("test_what_we_did_not_sign_counts_for_nothing",),
    ),
    Mutant(
        (18,),
        "an own link's item has no platform fee (check)",
        (Sql("ALTER TABLE payments_orderitem DROP CONSTRAINT item_own_link_bears_no_fee"),),
        ("test_the_database_refuses_a_fee_on_an_own_link",),
    ),
]
