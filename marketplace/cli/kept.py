"""Where the command keeps its address and token: one file that only its owner can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from marketplace.cli.words import gettext as _

DEFAULT_URL = "http://127.0.0.1:8000"


class Complaint(Exception):
    """Something the person at the terminal has to know; told without a traceback."""


@dataclass(frozen=True)
class Access:
    """Whose account, and where."""

    url: str = DEFAULT_URL
    token: str = ""


def place() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "promptfair" / "access.json"


def access_kept() -> Access:
    """What was kept at the last log-in; PROMPTFAIR_URL and PROMPTFAIR_TOKEN come first."""
    path = place()
    kept = Access()
    if path.exists():
        if path.stat().st_mode & 0o077:
            raise Complaint(_("%(path)s can be read by others. Run: chmod 600 %(path)s") % {"path": path})
        try:
            kept = Access(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            sentence = _("%(path)s cannot be read. Log in again: promptfair login")
            raise Complaint(sentence % {"path": path}) from error
    url = os.environ.get("PROMPTFAIR_URL", kept.url)
    # A token goes to the place it was made for and to no other.
    token = kept.token if url == kept.url else ""
    return Access(url=url, token=os.environ.get("PROMPTFAIR_TOKEN", token))


def access_keep(access: Access) -> Path:
    """Write the file with mode 0600, never seen half written or readable by others."""
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(access), file)
    making.replace(path)
    return path


def access_forget() -> bool:
    """Whether there was something to forget."""
    path = place()
    if not path.exists():
        return False
    path.unlink()
    return True
