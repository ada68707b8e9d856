"""`python -m marketplace.cli`: the command without installing it."""

import sys

from marketplace.cli.main import main

sys.exit(main())
