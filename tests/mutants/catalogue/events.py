"""From Stripe's webhook to work that is done: signatures, the inbox, claims, hints, the outbox."""

from tests.mutants.mutant import Edit, Mutant

GATEWAY, WEBHOOKS, EVENTS = "payments/gateway.py", "payments/webhooks.py", "payments/services/events.py"
ATTEMPTS, OUTBOX, ENQUEUE = "common/attempts.py", "common/outbox.py", "common/enqueue.py"
DELIVERIES = "payments/services/deliveries.py"
VERIFY = "stripe.WebhookSignature.verify_header(body, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)"
EMPTY_SECRET = Edit(WEBHOOKS, 'secrets.split(",") if secret.strip()', 'secrets.split(",")')

MUTANTS = [
    Mutant(
        (3,),
        "a webhook's signature is verified",
        (Edit(GATEWAY, VERIFY, "pass"),),
        ("test_check_03_what_stripe_did_not_sign_is_rejected",),
    ),
    Mutant(
        (3,),
        "a signature is good for five minutes",
        (Edit(GATEWAY, VERIFY, "stripe.WebhookSignature.verify_header(body, signature, secret)"),),
        ("test_check_03_a_stale_signature_is_rejected",),
    ),
    Mutant(
        (3,),
        "an empty secret is no secret",
        (EMPTY_SECRET,),
        ("test_check_03_an_empty_secret_rejects_everything",),
        stands="Stripe's SDK refuses an empty secret as well",
    ),
    Mutant(
        (3,),
        "an empty secret is no secret, and no reason not to look",
        (EMPTY_SECRET, Edit(GATEWAY, VERIFY, f"if secret:\n    {VERIFY}")),
        ("test_check_03_an_empty_secret_rejects_everything",),
    ),
    Mutant(
        (3,),
        "each endpoint has a secret of its own",
        (Edit(WEBHOOKS, "settings.STRIPE_CONNECT_WEBHOOK_SECRET", "settings.STRIPE_WEBHOOK_SECRET"),),
        ("test_check_03_another_secret_is_rejected",),
    ),
    Mutant(
        (3, 10),
        "what a payload says is not believed: Stripe is asked",
        (
            Edit(
                EVENTS,
                'session_check(session_id=session["id"])',
                "from payments.models import Order\n"
                'paid = session.get("payment_status") == "paid"\n'
                'Order.objects.filter(stripe_session_id=session["id"]).update(\n'
                '    status="paid" if paid else "pending", paid_at=clock.now()\n'
                ")",
            ),
        ),
        ("test_a_completed_session_is_settled_by_asking_stripe_not_by_the_payload",),
    ),
    Mutant(
        (4,),
        "the event is committed before it is enqueued",
        (
            Edit(
                EVENTS,
                "if insert_once(row):",
                "from common.enqueue import enqueue\n"
                'enqueue("payments.stripe_event_handle", 0)\n'
                "if insert_once(row):",
            ),
        ),
        ("test_check_04_a_web_process_killed_between_commit_and_hint_loses_nothing",),
    ),
    Mutant(
        (4,),
        "an event that is sent again is hinted at again",
        (Edit(EVENTS, 'for pk in waiting.values_list("pk", flat=True):', "for pk in []:"),),
        ("test_check_04_an_event_that_stripe_sends_again_is_hinted_at_again",),
    ),
    Mutant(
        (1, 5),
        "a row is claimed by one of any number of rivals",
        (Edit(ATTEMPTS, "return row if taken else None", "return row"),),
        ("test_of_many_rivals_one_gets_the_row",),
    ),
    Mutant(
        (5,),
        "a claim is a lease: others leave the row alone meanwhile",
        (
            Edit(
                ATTEMPTS,
                "next_attempt_at=now + pause_after(row.attempts + 1)",
                "next_attempt_at=now",
            ),
        ),
        ("test_a_claimed_row_is_nobody_s_until_its_lease_is_over",),
    ),
    Mutant(
        (1, 5),
        "what is done is claimed no more",
        (
            Edit(
                ATTEMPTS,
                "row = rows.filter(waiting, next_attempt_at__lte=now).first()",
                "waiting = Q()\nrow = rows.filter(next_attempt_at__lte=now).first()",
            ),
        ),
        ("test_what_is_done_is_not_claimed",),
    ),
    Mutant(
        (5,),
        "an event that fails stays, and is tried again",
        (
            Edit(
                EVENTS,
                "attempt_failed(StripeEvent, event_pk, error)\nreturn False",
                "attempt_failed(StripeEvent, event_pk, error)",
            ),
        ),
        ("test_an_event_that_fails_waits_and_the_sweeper_finishes_it",),
    ),
    Mutant(
        (5,),
        "a mail is noted when it was sent, and not sent again",
        (Edit(DELIVERIES, "if delivery.receipt_sent_at is None:", "if True:"),),
        ("test_a_crash_between_the_mails_is_finished_by_the_sweeper",),
    ),
    Mutant(
        (5,),
        "a mail sent again by a killed worker's successor is recognised as the same",
        (Edit("payments/mails.py", 'message_id=f"receipt.{order.pk}"', 'message_id=f"receipt.{id(order)}"'),),
        ("test_a_mail_sent_twice_by_a_killed_worker_has_the_same_message_id",),
    ),
    Mutant(
        (6,),
        "a hint that cannot be sent fails nothing",
        (
            Edit(
                ENQUEUE, "except (OperationalError, OSError) as error:", "except ZeroDivisionError as error:"
            ),
        ),
        ("test_a_broker_that_is_away_loses_the_hint_and_nothing_else",),
    ),
    Mutant(
        (6,),
        "an outbox message is marked in the transaction of its handlers",
        (
            Edit(
                OUTBOX,
                "if not OutboxMessage.objects.filter(WAITING, pk=message_id).update(handled_at=clock.now()):",
                "if not OutboxMessage.objects.filter(WAITING, pk=message_id).exists():",
            ),
        ),
        ("test_a_message_is_handled_once_and_a_failure_is_kept_for_later",),
    ),
    Mutant(
        (6,),
        "a slow rival whose lease has run out does not handle a message again",
        (
            Edit(
                OUTBOX,
                "if not OutboxMessage.objects.filter(WAITING, pk=message_id).update(handled_at=clock.now()):",
                "if not OutboxMessage.objects.filter(pk=message_id).update(handled_at=clock.now()):",
            ),
        ),
        ("test_check_06_a_slow_rival_whose_lease_is_over_does_not_handle_a_message_again",),
    ),
]
