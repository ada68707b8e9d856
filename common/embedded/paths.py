"""Where a checkout's embedded servers keep their files.

An ordinary user has everything under `.local/`, except the sockets: a socket's path may have about 100
bytes, so they live in a short private folder below /tmp. Root has PostgreSQL, which refuses to run as
root, under /var/tmp instead, where `nobody` can reach it; a checkout below a 0700 folder would be closed
to that user.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from common.embedded.errors import EmbeddedError

CHECKOUT = Path(__file__).resolve().parent.parent.parent
DATABASE_NAME = "promptfair"
ADMIN_ROLE = "postgres"
OWNER_ROLE = "promptfair_owner"
APP_ROLE = "promptfair_app"
SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Places:
    """Every path the embedded servers of one checkout use, for one user."""

    checkout: Path
    uid: int

    @property
    def local(self) -> Path:
        return self.checkout / ".local"

    @property
    def run(self) -> Path:
        return self.local / "run"

    @property
    def log(self) -> Path:
        return self.local / "log"

    @property
    def users_lock(self) -> Path:
        return self.run / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.run / "keeper.lock"

    @property
    def keeper_state(self) -> Path:
        return self.run / "keeper.json"

    @property
    def key(self) -> str:
        """Tells checkouts of one machine apart."""
        return hashlib.sha256(os.fsencode(self.checkout)).hexdigest()[:12]

    @property
    def outside(self) -> Path:
        """The one folder outside the checkout: sockets, and for root PostgreSQL's files as well."""
        if self.uid == 0:
            return Path("/var/tmp") / f"promptfair-{self.key}"  # noqa: S108 - created and checked by make_private
        return Path("/tmp") / f"promptfair-{self.uid}-{self.key}"  # noqa: S108 - likewise

    @property
    def postgres_home(self) -> Path:
        return self.outside if self.uid == 0 else self.local / "postgres"

    @property
    def postgres_data(self) -> Path:
        return self.postgres_home / "data"

    @property
    def postgres_socket_dir(self) -> Path:
        return self.outside / "pg"

    @property
    def redis_dir(self) -> Path:
        return self.outside / "redis"

    @property
    def redis_socket(self) -> Path:
        return self.redis_dir / "redis.sock"

    @property
    def redis_pid(self) -> Path:
        return self.redis_dir / "redis.pid"


def places(checkout: Path = CHECKOUT) -> Places:
    """The places of `checkout` for whoever runs this process."""
    return Places(checkout=checkout, uid=os.getuid())


def make_local(where: Places) -> None:
    """Create the folders inside the checkout; raise EmbeddedError when they belong to someone else."""
    try:
        for folder in (where.local, where.run, where.log):
            folder.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} cannot be created. Another user has probably run the project in this "
            f"checkout: run it as that user, or remove {where.local} as them first."
        ) from error
    if where.local.stat().st_uid != where.uid:
        raise EmbeddedError(
            f"{where.local} belongs to user id {where.local.stat().st_uid}, you are {where.uid}. "
            "Run as that user, or remove the folder as them first."
        )
    where.local.chmod(0o700)  # settings may have made it first, for the static files, open to all


def make_private(folder: Path, *, mode: int = 0o700, owner: int | None = None, group: int = -1) -> None:
    """Create `folder` for us alone below a folder all can write to; refuse one prepared by another.

    `owner` hands it to another user (PostgreSQL's, when we are root). Raises EmbeddedError.
    """
    folder.mkdir(mode=mode, exist_ok=True)
    found = folder.lstat()
    allowed = {os.getuid(), owner if owner is not None else os.getuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
        raise EmbeddedError(f"{folder} exists but is not a folder of ours. Remove it and start again.")
    folder.chmod(mode)
    if owner is not None and found.st_uid != owner:
        os.chown(folder, owner, group)
