"""The command `promptfair`: thin over the REST API, with nothing but Python's standard library.

It knows no Django, so that it can be installed by itself: docs/cli.md.
"""
