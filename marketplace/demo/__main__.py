"""`python -m marketplace.demo [--port N] [--reset]`; `make demo` and `make demo-reset` call it."""

import argparse
import sys

from marketplace.demo import reset, supervisor

parser = argparse.ArgumentParser(prog="marketplace.demo", description="Run the whole site on this machine.")
parser.add_argument("--port", type=int, default=8000, help="port of the web server on 127.0.0.1")
parser.add_argument("--reset", action="store_true", help="remove the demo's data instead")
given = parser.parse_args()
sys.exit(reset.reset_demo() if given.reset else supervisor.main(given.port))
