from typing import Any

import pytest


@pytest.fixture(autouse=True)
def mails_in_memory(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
