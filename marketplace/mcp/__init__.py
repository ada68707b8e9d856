"""The MCP server at /mcp: an AI client mounts what its user has bought as prompts. See docs/mcp.md.

A process of its own (config.asgi), because the protocol keeps connections open and the site's web server is
WSGI. Django's database access happens in threads; the handlers here are plain functions that run in them.
"""
