"""The project's own files, as a clone has them: nothing that is installed, generated or local."""

import os
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
DOCS = CHECKOUT / "docs"
README = CHECKOUT / "README.md"
NOT_OURS = {"__pycache__", "staticfiles", "media", "test-results"}
HIDDEN_AND_OURS = {".ci"}


def project_files(*suffixes: str) -> Iterator[Path]:
    """Every file of the project, or those whose names end in one of `suffixes`."""
    for folder, folders, names in os.walk(CHECKOUT):
        folders[:] = sorted(name for name in folders if _is_ours(name))
        for name in sorted(names):
            if not suffixes or name.endswith(suffixes):
                yield Path(folder) / name


def name_of(path: Path) -> str:
    """The path from the checkout, as messages show it."""
    return path.relative_to(CHECKOUT).as_posix()


def _is_ours(folder: str) -> bool:
    return folder in HIDDEN_AND_OURS or not (folder.startswith(".") or folder in NOT_OURS)
