"""Paying sellers once."""

from tests.mutants.catalogue.books import drop_unique
from tests.mutants.mutant import Edit, Mutant

PAYOUTS, LOCKS = "payments/services/payouts.py", "payments/locks.py"
CONNECT, WEEKLY = "payments/services/connect.py", "payments/services/payouts_weekly.py"
REVERSALS = "payments/services/payout_reversals.py"

CLAIM = Edit(
    PAYOUTS,
    "payout = row_claim(rows, waiting=WAITING)",
    "payout = rows.filter(WAITING).first()",
)
FIRST_USE = Edit(
    PAYOUTS,
    "return bool(_as_known(payout).update(first_sent_at=clock.now()))",
    "_as_known(payout).update(first_sent_at=clock.now())\nreturn True",
)
LISTED_FIRST = Edit(PAYOUTS, "facts = _transfer_listed(payout)\nif", "facts = None\nif")
KEY = Edit(
    "payments/gateway_connect.py",
    '{"idempotency_key": f"payout-{payout_row_id}-{attempt}"}',
    '{"idempotency_key": __import__("secrets").token_hex()}',
)
FAILED_ALREADY = Edit(
    PAYOUTS, "if payout.status != PayoutStatus.REQUESTED or not is_as_known:\n    return", ""
)

MUTANTS = [
    Mutant(
        (19,),
        "one payout at a time per seller (lock)",
        (
            Edit(
                LOCKS,
                "return SellerProfile.objects.select_for_update(no_key=True).get(pk=seller_id)",
                "return SellerProfile.objects.get(pk=seller_id)",
            ),
        ),
        ("test_check_19_twenty_requests_at_once_make_one_transfer",),
    ),
    Mutant(
        (19,),
        "no more than is available is paid out",
        (Edit(PAYOUTS, "if amount > available:", "if False:"),),
        ("test_too_little_or_too_much_is_refused_with_a_code",),
    ),
    Mutant(
        (19,),
        "the money is spoken for when it is asked for",
        (Edit(PAYOUTS, "ledger.payout_book(payout)", "pass"),),
        ("test_check_19_twenty_requests_at_once_make_one_transfer",),
    ),
    Mutant(
        (19,),
        "a payout is sent by one at a time (claim)",
        (CLAIM,),
        ("test_check_19_twenty_requests_at_once_make_one_transfer",),
        stands="a key's first use is written down by one of any number, and only that one goes on",
    ),
    Mutant(
        (19,),
        "a payout is sent by one at a time: the claim, and a key's first use",
        (CLAIM, FIRST_USE),
        ("test_check_19_twenty_requests_at_once_make_one_transfer",),
        stands="the key is made of the row, so Stripe answers rivals alike, and settles once under a lock",
    ),
    Mutant(
        (19,),
        "a payout is sent by one at a time: the claim, a key's first use, and the key",
        (CLAIM, FIRST_USE, KEY),
        ("test_check_19_twenty_requests_at_once_make_one_transfer",),
    ),
    Mutant(
        (19,),
        "Stripe's list is asked before a transfer is made",
        (LISTED_FIRST,),
        ("test_check_19_a_transfer_that_was_made_is_found_after_stripe_forgot_the_key",),
    ),
    Mutant(
        (19,),
        "the key of a transfer at Stripe is made of our row",
        (KEY,),
        ("test_check_19_killed_at_each_step_of_a_payout_one_transfer_is_made",),
        stands="the claim keeps rivals away, and Stripe's list is asked before each try",
    ),
    Mutant(
        (19,),
        "the key of a transfer, and Stripe's list being asked first",
        (KEY, LISTED_FIRST),
        ("test_check_19_killed_at_each_step_of_a_payout_one_transfer_is_made",),
    ),
    Mutant(
        (19,),
        "a key of unknown outcome is kept for a day",
        (Edit(PAYOUTS, "clock.now() - payout.first_sent_at >= KEY_LIFE", "True"),),
        ("test_a_fault_kept_under_the_key_waits_a_day_for_the_next_key",),
    ),
    Mutant(
        (19,),
        "a failure returns the funds",
        (Edit(PAYOUTS, "ledger.payout_failed_book(payout)", "pass"),),
        ("test_check_19_a_refusal_met_by_eight_at_once_returns_the_funds_once",),
    ),
    Mutant(
        (19,),
        "a failure returns the funds once: what is settled is left alone",
        (FAILED_ALREADY,),
        ("test_check_19_a_refusal_met_by_eight_at_once_returns_the_funds_once",),
        stands="what is not requested any more is not claimed, and a journal is booked once per cause",
    ),
    Mutant(
        (19,),
        "a failure returns the funds once: neither by its status, nor the claim, nor the journal's cause",
        (FAILED_ALREADY, CLAIM, drop_unique("payments_journal", ["kind", "cause"])),
        ("test_check_19_a_refusal_met_by_eight_at_once_returns_the_funds_once",),
    ),
    Mutant(
        (19,),
        "a transfer that is not what was asked for is not booked",
        (
            Edit(
                PAYOUTS,
                "if payout.status == PayoutStatus.REQUESTED and _is_of(payout, facts):",
                "if payout.status == PayoutStatus.REQUESTED:",
            ),
        ),
        ("test_a_transfer_that_is_not_what_was_asked_for_is_not_booked",),
    ),
    Mutant(
        (19,),
        "a key that may not transfer fails nobody's payout",
        (Edit(PAYOUTS, "if isinstance(error, GatewayDenied):\n    raise", "if False:\n    raise"),),
        ("test_a_key_that_may_not_transfer_fails_nobodys_payout",),
    ),
    Mutant(
        (19,),
        "funds that are not there yet make a payout wait",
        (Edit(PAYOUTS, "if error.code == FUNDS_NOT_THERE:", "if False:"),),
        ("test_funds_that_are_not_there_yet_make_it_wait_with_an_alarm",),
    ),
    Mutant(
        (19,),
        "a seller is paid at most once a week by the week's run",
        (Edit(PAYOUTS, "_refuse_second_in_week(seller)\namount", "pass\namount"),),
        ("test_a_run_that_was_killed_is_finished_and_pays_nobody_twice",),
    ),
    Mutant(
        (19,),
        "a run that did not get through is taken up again",
        (Edit(WEEKLY, "finished_at=clock.now() if is_whole else None", "finished_at=clock.now()"),),
        ("test_while_stripe_is_away_the_run_stays_open_and_is_made_up_for",),
    ),
    Mutant(
        (19,),
        "a reversal found twice is booked once",
        (Edit(REVERSALS, "if reversal.status == PayoutReversalStatus.SUCCEEDED:\n    return", ""),),
        ("test_a_reversal_made_in_stripes_dashboard_is_adopted_once",),
    ),
    Mutant(
        (19,),
        "no more than was paid out is taken back",
        (Edit(REVERSALS, "if not 0 < amount <= left:", "if not 0 < amount:"),),
        ("test_what_is_on_its_way_back_counts",),
    ),
    Mutant(
        (19,),
        "twenty clicks make one account at Stripe",
        (
            Edit(
                CONNECT,
                "if fresh.stripe_account_id is None and fresh.stripe_attempt == account.stripe_attempt:",
                "if True:",
            ),
            Edit(
                "payments/gateway_connect.py",
                '"idempotency_key": f"account-{account_row_id}-{attempt}"',
                '"idempotency_key": __import__("secrets").token_hex()',
            ),
        ),
        ("test_twenty_clicks_make_one_account",),
    ),
    Mutant(
        (19,),
        "an account's state is Stripe's word, and a late answer changes nothing",
        (Edit(CONNECT, "if account.synced_at is not None and account.synced_at > asked_at:", "if False:"),),
        ("test_a_late_answer_does_not_overwrite_a_later_one",),
    ),
    Mutant(
        (19,),
        "an account is asked once a day what went to its bank, whatever else was asked about it",
        (Edit(CONNECT, "Q(refreshed_at=None) | Q(refreshed_at__lt=before)", "Q(synced_at__lt=before)"),),
        ("test_an_account_asked_about_for_another_reason_is_still_asked_what_went_to_its_bank",),
    ),
    Mutant(
        (19,),
        "what went to a bank during an outage is asked for from before the outage",
        (
            Edit(
                CONNECT,
                "since = (account.refreshed_at or account.created_at) - BANK_PAYOUTS_LOOK_BACK",
                "since = timezone.now() - BANK_PAYOUTS_LOOK_BACK",
            ),
        ),
        ("test_what_went_to_the_bank_while_nothing_could_be_asked_for_weeks_is_found",),
    ),
]
