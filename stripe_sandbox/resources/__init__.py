"""One module per kind of object: its shape, the parameters it takes, its routes."""

from importlib import import_module

_MODULES = (
    "accounts",
    "account_links",
    "balance",
    "charges",
    "checkout_sessions",
    "disputes",
    "events",
    "payment_intents",
    "payouts",
    "refunds",
    "transfers",
    "webhook_endpoints",
)


def register_all() -> None:
    """Import every resource, which registers its routes and presenters."""
    for name in _MODULES:
        import_module(f"{__name__}.{name}")
