"""The settings of a test process: config.settings on a database, Redis and ports of its own."""

from tests.support.environment import prepare_environment

slot = prepare_environment()

from config.settings import *  # noqa: E402, F403 - the environment above has to be there first
from config.settings import DATABASES  # noqa: E402

# Made by tests/support/database.py; nothing is ever written to the database the URL names.
DATABASES["default"]["TEST"] = {"NAME": slot.database_name}
DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
