"""What the demo prints once it is ready."""

import json
from typing import Any

from marketplace.demo.programs import LOCAL


def text(url: str, seconds: float) -> str:
    facts = _facts()
    lines = ["", f"  Promptfair is ready after {seconds:.1f} s:  {url}/", ""]
    users: dict[str, dict[str, str]] = facts.get("users", {})
    if users:
        width = max(len(user["email"]) for user in users.values())
        lines += [
            f"  {role:<10}{user['email']:<{width}}   {user['password']}" for role, user in users.items()
        ]
        lines.append("")
    lines += [
        f"  Mail         {url}/dev/mailbox/",
        f"  API          {url}/api/docs/",
        f"  MCP          {facts.get('mcp_url', '')}",
        "  Test card    4242 4242 4242 4242, any future date, any CVC",
        "  Tokens       .local/demo.json",
        "  Output       .local/log/",
        "",
        "  Ctrl-C stops everything. The data stays; `make demo-reset` removes it.",
        "",
    ]
    return "\n".join(lines)


def _facts() -> dict[str, Any]:
    path = LOCAL / "demo.json"
    facts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return facts
