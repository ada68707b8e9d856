from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    verbose_name = _("Marketplace")

    def ready(self) -> None:
        # They register with the outbox.
        from marketplace import dispute_notices, library_notices, notices, payout_notices  # noqa: F401
