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
    told = OutboxMessage.objects.filter(topic=TOPIC, subject=subject, payload__detail=detail)
    if told.exists():
        logger.error("%s: %s: %s", kind, subject, detail)
    else:
        alarm_tell(kind, subject=subject, detail=detail)


def alarm_tell(kind: str, *, subject: str, detail: str) -> None:
    """Log and mail it, whether or not it was told before: the caller knows that."""
    logger.error("%s: %s: %s", kind, subject, detail)
    message_publish(TOPIC, subject=subject, payload={"kind": kind, "detail": detail})
