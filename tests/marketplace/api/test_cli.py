"""The command `promptfair` against a live site, as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Scope, User
from listings.models import Listing
from payments.models import Entitlement
from tests.factories import CategoryFactory, TargetModelFactory
from tests.marketplace.api.support import CANARY, secret_of

pytestmark = pytest.mark.django_db(transaction=True)

NOTES = f"""---
title: Meeting notes
model: chatgpt
category: writing
price: 4.99
tags: notes, meetings
---
The {CANARY} actions in ${{Notes:none}}.
"""


class Terminal:
    """Runs the command with a home folder of its own."""

    def __init__(self, site: str, home: Path) -> None:
        self.site, self.home = site, home

    def __call__(self, *arguments: str, typed: str = "", code: int = 0, **environ: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "marketplace.cli", *arguments],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(self.home), "LANG": "C", **environ},
            input=typed,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else done.stdout

    def log_in(self, user: User) -> str:
        secret = secret_of(user, list(Scope))
        return self("login", "--url", self.site, "--token-stdin", typed=f"{secret}\n")

    @property
    def kept(self) -> Path:
        return self.home / "promptfair" / "access.json"


@pytest.fixture
def terminal(live_site: str, tmp_path: Path) -> Terminal:
    return Terminal(live_site, tmp_path / "home")


def test_a_buyer_logs_in_searches_and_renders(
    terminal: Terminal, owned: Entitlement, listing: Listing
) -> None:
    assert owned.buyer.handle in terminal.log_in(owned.buyer)
    assert terminal.kept.stat().st_mode & 0o777 == 0o600
    assert terminal.kept.parent.stat().st_mode & 0o777 == 0o700
    found = terminal("search", "--sort", "price_asc")
    assert found.splitlines() == ["for-nothing  yours  For nothing", "on-sale  $4.99  On sale"]
    assert terminal("library").split()[0] == "for-nothing"
    rendered = terminal("render", "for-nothing", "topic=tea", "tone=dry")
    assert rendered == f"The {CANARY} prompt: write about tea in a dry tone.\n"
    assert terminal("render", str(owned.pk), "topic=tea", "tone=dry") == rendered
    assert "topic" in terminal("render", "for-nothing", "tone=dry", code=1)
    assert "on-sale" in terminal("render", "on-sale", code=1)
    terminal("logout")
    assert not terminal.kept.exists()
    assert "promptfair login" in terminal("library", code=1, PROMPTFAIR_URL=terminal.site)


def test_a_folder_comes_in_once_and_follows_its_files(
    terminal: Terminal, alice: User, storefront: Any, tmp_path: Path
) -> None:
    TargetModelFactory(slug="chatgpt")
    CategoryFactory(slug="writing")
    CategoryFactory(slug="other")
    folder = tmp_path / "prompts"
    (folder / "more").mkdir(parents=True)
    (folder / "notes.md").write_text(NOTES)
    (folder / "more" / "plain-text.txt").write_text("Say something kind.")
    (folder / "more" / "copy.txt").write_text("Say  something KIND.")
    (folder / "wrong.md").write_text("---\nprice: 0.50\n---\nToo cheap.")
    terminal.log_in(alice)
    terminal("publish", str(folder), code=1)
    (folder / "wrong.md").unlink()
    said = terminal("publish", str(folder))
    assert [line.split()[0] for line in said.splitlines()[:5]] == ["0", "0", "2", "1", "0"]
    assert CANARY not in said
    assert Listing.objects.count() == 2
    notes = Listing.objects.get(title="Meeting notes")
    assert notes.price_amount == 499
    assert notes.versions.get().variables[0]["default"] == "none"
    (folder / "notes.md").write_text(NOTES.replace("4.99", "free"))
    assert terminal("publish", str(folder)).split()[:4] == ["0", "new", "drafts", "1"]
    notes.refresh_from_db()
    assert notes.price_amount == 0
    assert "not" in terminal("publish", str(folder / "nothing.csv"), code=1)


def test_a_file_is_told_by_its_lines(
    terminal: Terminal, alice: User, storefront: Any, tmp_path: Path
) -> None:
    TargetModelFactory(slug="chatgpt")
    CategoryFactory(slug="other")
    path = tmp_path / "prompts.csv"
    path.write_text('act,prompt\nOne,"First\nprompt."\nTwo,Second prompt.\nThree,second  PROMPT.\n')
    terminal.log_in(alice)
    said = terminal("publish", str(path))
    assert said.splitlines()[-1].startswith("line 5  Three: ")
    assert Listing.objects.count() == 2


def test_what_goes_wrong_is_said_in_a_sentence_and_in_french(terminal: Terminal) -> None:
    assert "https" in terminal("library", code=1, PROMPTFAIR_URL="http://promptfair.example")
    assert "promptfair login" in terminal(
        "login", "--url", terminal.site, "--token-stdin", typed="pf_wrong\n", code=1
    )
    assert not terminal.kept.exists()
    assert "Traceback" not in terminal("library", code=1, PROMPTFAIR_URL="http://127.0.0.1:9")
    french = terminal("library", code=1, PROMPTFAIR_URL=terminal.site, LANG="fr_FR.UTF-8")
    assert "jeton" in french
    terminal.kept.parent.mkdir(parents=True)
    terminal.kept.write_text(json.dumps({"url": terminal.site, "token": "x"}))
    terminal.kept.chmod(0o644)
    assert "chmod 600" in terminal("library", code=1)
