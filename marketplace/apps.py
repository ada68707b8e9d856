from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    verbose_name = _("Marketplace")

    def ready(self) -> None:
        from marketplace import (  # noqa: F401 - register with the outbox
            claim_notices,
            dispute_notices,
            library_notices,
            notices,
            payout_notices,
            review_notices,
        )
        from marketplace.community import digests  # noqa: F401 - registers with the spreads
        from marketplace.notifying import handlers, versions  # noqa: F401 - likewise
        from marketplace.outgoing import events  # noqa: F401 - likewise
