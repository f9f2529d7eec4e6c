"""The data folder while Copydesk runs: who has it, and where its parts listen.

`<data>/copydesk.lock` is locked as long as the process lives, so a crash leaves no stale
lock. `<data>/run.json` holds the addresses, which contain secrets: only the owner may read it.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import AlreadyRunning, SettingsError

LOCK_FILE: Final = "copydesk.lock"
RUN_FILE: Final = "run.json"


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Keeps the data folder for this process; makes it if need be, readable by its owner only.

    Raises AlreadyRunning when another process has it, SettingsError when it cannot be used.
    """
    make_data_dir(data_dir)
    with (data_dir / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(_who_runs(data_dir)) from error
        (data_dir / RUN_FILE).unlink(missing_ok=True)  # left by one that was killed
        try:
            yield
        finally:
            (data_dir / RUN_FILE).unlink(missing_ok=True)


def make_data_dir(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"The data folder {data_dir} cannot be made: {error.strerror}. "
            "Make it writable, or set COPYDESK_DATA_DIR to a folder that is."
        ) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise SettingsError(
            f"The data folder {data_dir} is not writable. "
            "Make it writable, or set COPYDESK_DATA_DIR to a folder that is."
        )


def write_addresses(data_dir: Path, addresses: Mapping[str, str]) -> None:
    """Replaces run.json in one step, so that a reader never sees half of it."""
    text = json.dumps({**addresses, "pid": os.getpid()}, indent=2) + "\n"
    draft = data_dir / f"{RUN_FILE}.new"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(data_dir / RUN_FILE)


def read_addresses(data_dir: Path) -> dict[str, str | int]:
    """What run.json says, empty while nothing runs."""
    try:
        entries = json.loads((data_dir / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _who_runs(data_dir: Path) -> str:
    entries = read_addresses(data_dir)
    process = f" (process {entries['pid']})" if "pid" in entries else ""
    page = f" It answers at {entries['page_url']}." if entries.get("page_url") else ""
    return (
        f"Copydesk already runs on {data_dir}{process}.{page} "
        "Stop it with Ctrl-C where it runs, or set COPYDESK_DATA_DIR to another folder."
    )
