"""Who gets to see what: the owner, and nobody else."""

from tests.mutants.mutant import Edit, Mutant

QUERIES, STUDIO = "payments/queries.py", "listings/queries/studio.py"
OTHERS = "test_check_20_others_get_404_and_no_other_answer_than_for_what_is_nowhere"
OWNED = "Entitlement.objects.filter(**which, buyer=buyer, revoked_at=None)"
NOT_LOADED = "test_check_20_the_text_is_not_even_loaded_where_it_is_not_shown"

MUTANTS = [
    Mutant(
        (20,),
        "what was bought is its buyer's alone",
        (Edit(QUERIES, OWNED, "Entitlement.objects.filter(**which, revoked_at=None)"),),
        (OTHERS,),
    ),
    Mutant(
        (16, 20),
        "what was given back is read no more",
        (Edit(QUERIES, OWNED, "Entitlement.objects.filter(**which, buyer=buyer)"),),
        ("test_check_20_a_refunded_buyer_gets_404_at_every_old_address",),
    ),
    Mutant(
        (20,),
        "an order is its buyer's alone",
        (
            Edit(
                QUERIES,
                "order = orders_of(buyer).filter(pk=order_id).first()",
                "order = Order.objects.filter(pk=order_id).first()",
            ),
        ),
        (OTHERS,),
    ),
    Mutant(
        (20,),
        "coming back from Stripe leads to one's own order only",
        (
            Edit(
                "payments/services/checkout.py",
                "Order.objects.filter(stripe_session_id=session_id, buyer=buyer).first()",
                "Order.objects.filter(stripe_session_id=session_id).first()",
            ),
        ),
        ("test_the_return_page_of_another_buyer_finds_nothing",),
    ),
    Mutant(
        (20,),
        "a listing's studio is its seller's alone",
        (
            Edit(
                STUDIO,
                ".filter(seller=seller, slug=slug, deleted_at=None)",
                ".filter(slug=slug, deleted_at=None)",
            ),
        ),
        (OTHERS,),
    ),
    Mutant(
        (20,),
        "a payout is its seller's alone",
        (
            Edit(
                "payments/queries_payouts.py",
                "payout = payouts_of(seller).filter(pk=payout_id).first()",
                "payout = Payout.objects.filter(pk=payout_id).first()",
            ),
        ),
        (OTHERS,),
    ),
    Mutant(
        (20,),
        "a token is its owner's alone",
        (
            Edit(
                "marketplace/pages/account_tokens.py",
                "token = get_object_or_404(tokens_of(signed_in(request)), pk=pk)",
                "from accounts.models import ApiToken\ntoken = get_object_or_404(ApiToken, pk=pk)",
            ),
        ),
        (OTHERS,),
    ),
    Mutant(
        (20,),
        "a version's source is its seller's, and a moderator's while it waits",
        (
            Edit(
                "listings/services/sources.py",
                "if not (reader.is_staff and versions_waiting().filter(pk=found.pk).exists()):",
                "if False:",
            ),
        ),
        (OTHERS,),
    ),
    Mutant(
        (20,),
        "the text is not loaded with a listing on sale",
        (
            Edit(
                "listings/queries/detail.py",
                '.only( "number", "published_at", "word_count", "changelog", "variables" )',
                "",
            ),
        ),
        (NOT_LOADED,),
    ),
    Mutant(
        (20,),
        "the text is not loaded with the list of what one owns",
        (
            Edit(
                QUERIES,
                '"version__text", "version__instructions", "version__variables", )',
                '"version__variables", )',
            ),
        ),
        (NOT_LOADED,),
    ),
    Mutant(
        (20,),
        "the text is not loaded with orders",
        (
            Edit(
                QUERIES,
                'PromptVersion.objects.defer("text", "instructions", "variables")',
                "PromptVersion.objects.all()",
            ),
        ),
        (NOT_LOADED,),
    ),
    Mutant(
        (20,),
        "the search knows public text only",
        (
            Edit(
                "listings/search/rows.py",
                "indexed_tokens(listing.description, language)",
                "indexed_tokens(listing.description + listing.published_version.text, language)",
            ),
        ),
        ("test_searching_a_hidden_word_answers_as_for_a_word_that_is_nowhere",),
    ),
    Mutant(
        (20,),
        "pages with what was paid for are stored by no cache",
        (
            Edit(
                "marketplace/pages/buying_access.py",
                "return never_cache(login_required(view))",
                "return login_required(view)",
            ),
        ),
        ("test_what_was_paid_for_is_stored_by_no_cache",),
    ),
    Mutant(
        (20,),
        "answers of the API with what was paid for are stored by no cache",
        (Edit("marketplace/api/base.py", "if self.no_store:", "if False:"),),
        ("test_the_buyer_reads_it_in_the_library_and_by_the_api",),
    ),
    Mutant(
        (20,),
        "pages with what is not yet sold are stored by no cache",
        (
            Edit(
                "marketplace/pages/selling_access.py",
                "return never_cache(door)",
                "return door",
            ),
        ),
        ("test_no_page_of_the_studio_or_account_is_stored",),
    ),
    Mutant(
        (16,),
        "what a legal takedown has ended stays so when its refund fails",
        (
            Edit(
                "payments/services/access.py",
                "if not is_given_back(item) and not again.exists() and not is_forbidden.exists():",
                "if not is_given_back(item) and not again.exists():",
            ),
        ),
        ("test_a_refund_that_fails_gives_no_access_back_to_what_the_law_has_taken",),
    ),
    Mutant(
        (16,),
        "what is paid for after a legal takedown ends as well",
        (Edit("payments/tasks.py", "legal_takedowns.purchases_missed_take_down()", "pass"),),
        ("test_what_is_paid_for_after_the_takedown_ends_as_well",),
    ),
]
