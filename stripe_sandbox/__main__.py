"""`python -m stripe_sandbox --port 0 --db .local/stripe.sqlite3 --ready-file .local/stripe.ready.json`."""

import argparse
import os
from pathlib import Path

from .server import Options, serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="stripe_sandbox", description="A local double of Stripe, for tests only."
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (the default)"
    )
    parser.add_argument("--db", type=Path, required=True, help="SQLite file, made if missing")
    parser.add_argument("--ready-file", type=Path, help='receives {"url", "pid"} once the sandbox listens')
    parser.add_argument("--record", type=Path, help="append requests, answers and events as JSON lines")
    parser.add_argument("--merchant-name", default="Promptfair", help="the name on the payment page")
    parser.add_argument("--retry-delays", default="", help="seconds between webhook attempts, e.g. 0.5,1,2")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when the process that started it ends"
    )
    parser.add_argument(
        "--parent-pid", type=int, help="the same, with the parent's pid as the starter knows it"
    )
    given = parser.parse_args()
    parent_pid = given.parent_pid or (os.getppid() if given.exit_with_parent else None)
    delays = tuple(float(part) for part in given.retry_delays.split(",") if part) or None
    serve(
        Options(
            port=given.port,
            database=given.db,
            ready_file=given.ready_file,
            record=given.record,
            merchant_name=given.merchant_name,
            retry_delays=delays,
            parent_pid=parent_pid,
        )
    )


if __name__ == "__main__":
    main()
