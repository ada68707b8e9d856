"""The entry point of the MCP server's process. Pages and API are WSGI: see config.wsgi."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from marketplace.mcp.app import build_app  # noqa: E402 - needs the applications

application = build_app()
