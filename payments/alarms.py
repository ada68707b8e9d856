"""Things a person must look at: logged at once, and mailed to staff through the outbox."""

import logging

from common.models import OutboxMessage
from common.outbox import message_publish

logger = logging.getLogger("payments.alarm")

TOPIC = "payments_alarm"


def alarm_raise(kind: str, *, subject: str, detail: str) -> None:
    """Say that `kind` happened to `subject`. Call it in the transaction that found it.

    Logged each time, mailed once: what a sweeper meets again every hour must not bury the mailbox.
    """
    logger.error("%s: %s: %s", kind, subject, detail)
    told = OutboxMessage.objects.filter(topic=TOPIC, subject=subject, payload__detail=detail)
    if told.exists():
        return
    message_publish(TOPIC, subject=subject, payload={"kind": kind, "detail": detail})
