"""`Idempotency-Key`: the parts of a record."""

from tests.mutants.mutant import Edit, Mutant

IDEMPOTENCY, ORDERS = "marketplace/api/idempotency.py", "marketplace/api/orders.py"

MUTANTS = [
    Mutant(
        (14,),
        "a record is written before the work",
        (
            Edit(
                IDEMPOTENCY,
                "if key is None:\n    return work()\nclaim",
                "return work()\nclaim",
            ),
        ),
        ("test_check_14_the_same_key_and_body_get_the_same_response",),
    ),
    Mutant(
        (14,),
        "the answer is kept",
        (
            Edit(
                IDEMPOTENCY,
                "return bool(claim.held().update(response_status=status, response_body=json.loads(body)))",
                "_release(claim)\nreturn True",
            ),
        ),
        ("test_check_14_the_same_key_and_body_get_the_same_response",),
    ),
    Mutant(
        (14,),
        "another body under the key is refused",
        (Edit(IDEMPOTENCY, "if record.request_hash != request_hash:", "if False:"),),
        ("test_check_14_another_body_under_the_key_is_an_error",),
    ),
    Mutant(
        (14,),
        "another path under the key is refused",
        (
            Edit(
                IDEMPOTENCY,
                'target = f"{request.method} {request.path}\\n".encode()',
                "target = b''",
            ),
        ),
        ("test_another_path_under_the_same_key_is_refused",),
    ),
    Mutant(
        (14,),
        "while the first is running the key is in use",
        (
            Edit(
                IDEMPOTENCY,
                'is_free = bool(note.get("released")) or record.created_at <= now - LEASE',
                "is_free = True",
            ),
        ),
        ("test_check_14_while_the_first_is_running_the_second_gets_409",),
    ),
    Mutant(
        (14,),
        "a key is its person's own",
        (
            Edit(
                IDEMPOTENCY,
                "user_id=user_id, key=key, defaults={",
                'key=key, defaults={"user_id": user_id, ',
            ),
        ),
        ("test_a_key_is_its_users_own",),
    ),
    Mutant(
        (14,),
        "of several that saw a lease run out one takes over",
        (
            Edit(
                IDEMPOTENCY,
                "response_status=None, created_at=leased_at)",
                "response_status=None)",
            ),
        ),
        ("test_of_two_that_saw_the_same_lease_run_out_one_takes_over",),
    ),
    Mutant(
        (14,),
        "a takeover finds what the dead one had done",
        (
            Edit(
                IDEMPOTENCY,
                "response = (recover(claim.taken_over_from) if claim.taken_over_from else None) or work()",
                "response = work()",
            ),
        ),
        ("test_a_crash_neither_locks_the_key_for_ever_nor_doubles_the_order",),
    ),
    Mutant(
        (14,),
        "who was taken for dead commits nothing any more",
        (
            Edit(
                IDEMPOTENCY,
                "raise _still_running()  # somebody else is at it by now, or has done it",
                "pass",
            ),
        ),
        ("test_a_slow_request_that_was_taken_for_dead_makes_no_second_refund",),
    ),
    Mutant(
        (14,),
        "work and answer are committed together",
        (
            Edit(
                IDEMPOTENCY,
                "with transaction.atomic():\n    response = work()",
                "if True:\n    response = work()",
            ),
        ),
        ("test_a_slow_request_that_was_taken_for_dead_makes_no_second_refund",),
    ),
    Mutant(
        (14,),
        "a fault frees the key",
        (
            Edit(
                IDEMPOTENCY,
                "if error.status >= 500:\n    _release(claim)\nelse:",
                "if error.status >= 500:\n    pass\nelse:",
            ),
        ),
        ("test_a_fault_frees_the_key_at_once",),
    ),
]
