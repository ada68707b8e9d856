"""What the demo runs: the same programs as production (docker-compose.yml), plus the Stripe sandbox."""

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from common.embedded import Services
from marketplace.demo.children import CHECKOUT, Program

LOCAL = CHECKOUT / ".local"
SANDBOX_DATABASE = LOCAL / "stripe_sandbox.sqlite3"
SANDBOX_READY = LOCAL / "run" / "stripe.json"
STRIPE_SECRET_KEY = "sk_test_promptfair_demo"  # noqa: S105 - the sandbox takes any key that starts so


def sandbox(port: int) -> Program:
    return Program(
        "stripe",
        [
            *(sys.executable, "-m", "stripe_sandbox", "--port", str(port), "--db", str(SANDBOX_DATABASE)),
            *("--ready-file", str(SANDBOX_READY), "--exit-with-parent"),
        ],
        stop_seconds=2,
    )


def site(port: int) -> list[Program]:
    """Web, workers and beat, in the order they start in."""
    python = sys.executable
    web = [
        *(python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "--no-access-log"),
        "config.wsgi:application",
    ]
    beat = [python, "-m", "celery", "-A", "config", "beat", "--loglevel", "INFO", "--pidfile="]
    return [
        Program("web", web, stop_seconds=3),
        Program("worker-payments", _worker("payments", concurrency=2), stop_seconds=4),
        Program("worker-default", _worker("default", concurrency=1), stop_seconds=4),
        Program("worker-webhooks", _worker("webhooks", concurrency=1), stop_seconds=4),
        Program("beat", beat, stop_seconds=2),
    ]


def mcp(port: int) -> Program:
    """The MCP server. One process: a session of the protocol lives in its memory."""
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--respawn-failed-workers", "--no-access-log"),
        "config.asgi:application",
    ]
    return Program("mcp", command, stop_seconds=3)


def _worker(queue: str, *, concurrency: int) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", queue, "--loglevel", "INFO"),
        *("--concurrency", str(concurrency), "--hostname", f"{queue}@%h"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def environment(services: Services, port: int, stripe_url: str) -> dict[str, str]:
    """The variables the demo is configured by; webhook secrets are added once they are known."""
    return {
        **os.environ,
        "PROMPTFAIR_ENV": "demo",
        "DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": kept_secret("secret_key"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": services.database_url,
        "DATABASE_OWNER_URL": services.owner_database_url,
        "REDIS_URL": services.redis_url,
        "STRIPE_API_BASE": stripe_url,
        "STRIPE_SECRET_KEY": STRIPE_SECRET_KEY,
    }


def with_owner_role(environ: Mapping[str, str]) -> dict[str, str]:
    """For a child that changes the schema."""
    return {**environ, "DATABASE_USE_OWNER": "1"}


def kept_secret(name: str) -> str:
    """A random text made once per checkout and readable by its owner alone."""
    path = LOCAL / name
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 that is never seen half written."""
    making = path.with_name(f"{path.name}.making")
    making.unlink(missing_ok=True)
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    making.replace(path)
