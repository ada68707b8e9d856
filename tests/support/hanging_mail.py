"""A mail backend that never comes back, for tests that kill a worker in the middle of a mail."""

import os
import time
from pathlib import Path
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend


class HangingBackend(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        Path(os.environ["HANGING_MAIL_MARK"]).touch()
        time.sleep(600)
        return 0
