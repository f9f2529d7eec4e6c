"""A throwaway PostgreSQL cluster of the server that is installed, for tests.

It listens on a Unix socket in a folder of its own and on no port, forgets durability to be
fast, and is gone afterwards. The server refuses to run as root: then it runs as `postgres`,
or `nobody` where that user does not exist.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

_SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=50",
    "timezone=Asia/Kolkata",  # a server that is not on UTC, so that nothing relies on it
)


class PostgresMissing(Exception):
    """The tests were told to use PostgreSQL, and there is no server program on this machine."""


@contextmanager
def postgres_cluster() -> Iterator[str]:
    """Starts a new cluster, gives the URL of its database, and removes it. Raises PostgresMissing."""
    programs = _find_programs()
    folder = Path(tempfile.mkdtemp(prefix="copydesk-pg-"))
    identity = _unprivileged(folder)
    cluster, log = folder / "cluster", folder / "log"
    control = (str(programs / "pg_ctl"), "--pgdata", str(cluster), "--wait", "--silent")
    options = " ".join((f"-k {folder}", *(f"-c {setting}" for setting in _SETTINGS)))
    try:
        _run(str(programs / "initdb"), "-D", str(cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--no-locale", "--no-sync", **identity)  # fmt: skip
        _run(*control, "--log", str(log), "--options", options, "start", **identity)
        try:
            yield f"postgresql://postgres@/postgres?host={quote(str(folder))}"
        finally:
            _run(*control, "--mode", "immediate", "stop", **identity)
    finally:
        shutil.rmtree(folder)


def _find_programs() -> Path:
    candidates = []
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        candidates.append(Path(answer.stdout.strip()))
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve().parent)
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise PostgresMissing(
        "TEST_DATABASE_URL=auto needs the PostgreSQL server programs (initdb, pg_ctl), which are not here. "
        "Install them (Debian: apt-get install postgresql; macOS: brew install postgresql), or unset "
        "TEST_DATABASE_URL to test with SQLite alone."
    )


def _unprivileged(folder: Path) -> dict[str, Any]:
    """How a child process gives up being root, after handing it the folder; nothing for other users."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(*command: str, **identity: Any) -> None:
    """Runs a command to its end; what it said is in the error when it fails."""
    # A server started by pg_ctl keeps its standard streams, so pipes would never close.
    with tempfile.TemporaryFile() as said:
        finished = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", check=False, **identity
        )
        if finished.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{command[0]} failed:\n{said.read().decode(errors='replace')}")
