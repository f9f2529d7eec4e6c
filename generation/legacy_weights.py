"""A pulled folder whose weights were pickled: converted once, and known as such from then on.

Two files tell: the lock, which then lists the safetensors with digests of our own, and a record of
which pickled files at which commit they were made from, so that the next pull fetches nothing again.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from generation.conversion import convert
from generation.errors import ConversionRefused, ErrandFailed, ErrandRefused, LegacyWeights
from generation.hub import Snapshot
from generation.model_folder import file_sha256
from generation.registry import LOCK_FILE, LockedFile, PullLock, read_lock

CONVERSION_FILE = "copydesk-conversion.json"


class Conversion(BaseModel):
    """Which pickled files the safetensors in this folder were made from, at which commit of the hub."""

    model_config = ConfigDict(frozen=True)

    commit: str
    pickled: Mapping[str, LockedFile]


def legacy_weights(snapshot: Snapshot) -> LegacyWeights:
    """The refusal of a pull that was not told to convert."""
    size_bytes = sum(snapshot.lock.files[name].size_bytes for name in snapshot.pickled)
    return LegacyWeights(
        f"{snapshot.lock.hub_id} has no safetensors, only pickled weights ({size_bytes / 1e9:.1f} GB), which "
        "can run code when they are opened carelessly. Nothing was fetched. They can be converted once to "
        "safetensors, by a restricted reader in a process of its own: pull again with --convert."
    )


def convert_folder(
    folder: Path, lock: PullLock, pickled: tuple[str, ...], on_file: Callable[[str], None]
) -> PullLock:
    """Safetensors in place of pickled weights, and a lock that lists them. Raises ConversionRefused.

    The lock changes before the pickled files go: stopped at any point, the next pull finds its way.
    """
    try:
        converted = convert(folder, pickled, on_file)
    except ErrandRefused as error:
        remove_pickled(folder, pickled)
        raise ConversionRefused(f"{error} The pickled files were removed.") from error
    except ErrandFailed as error:
        raise ConversionRefused(str(error)) from error
    kept = {name: file for name, file in lock.files.items() if name not in pickled}
    written = {name: _lock_own(folder / name) for name in converted.written}
    conversion = Conversion(commit=lock.commit, pickled={name: lock.files[name] for name in pickled})
    (folder / CONVERSION_FILE).write_text(conversion.model_dump_json(indent=2) + "\n", encoding="utf-8")
    lock = lock.model_copy(update={"files": kept | written})
    write_lock(folder, lock)
    return lock


def converted_lock(folder: Path, snapshot: Snapshot) -> PullLock | None:
    """The lock of an earlier conversion of these very files, if what it wrote is still here."""
    lock = read_lock(folder)
    try:
        conversion = Conversion.model_validate_json((folder / CONVERSION_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    pickled = {name: snapshot.lock.files[name] for name in snapshot.pickled}
    if lock is None or conversion.pickled != pickled or lock.files.keys() & pickled.keys():
        return None
    written = lock.files.keys() - snapshot.lock.files.keys()
    if not all(has_size(folder / name, lock.files[name]) for name in written):
        return None
    own = {name: lock.files[name] for name in written}
    given = {name: file for name, file in snapshot.lock.files.items() if name not in pickled}
    return snapshot.lock.model_copy(update={"files": given | own})


def remove_pickled(folder: Path, pickled: tuple[str, ...]) -> None:
    for name in pickled:
        (folder / name).unlink(missing_ok=True)
        (folder / f"{name}.incomplete").unlink(missing_ok=True)


def write_lock(folder: Path, lock: PullLock) -> None:
    draft = folder / f"{LOCK_FILE}.new"
    draft.write_text(lock.model_dump_json(indent=2))
    draft.replace(folder / LOCK_FILE)


def has_size(path: Path, file: LockedFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size_bytes


def _lock_own(path: Path) -> LockedFile:
    return LockedFile(size_bytes=path.stat().st_size, digest=file_sha256(path))
