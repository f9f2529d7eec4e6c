"""Fetching a declared model from the hub: pinned, resumable, checked.

    resolve the revision to a commit ─▶ write the lock ─▶ fetch file by file ─▶ compare digests

The lock is written before the first byte, so a folder that a pull left half full can be told
from a whole one. A file grows under the name `<file>.incomplete` and gets its own name when its
digest is right; the next pull goes on where the last one stopped.

A repository with pickled weights only is fetched if converting is asked for: then the lock is
written anew, with the safetensors in their place, and the pickled files go.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from generation.architectures import is_known
from generation.errors import DownloadFailed
from generation.hub import HubRepository
from generation.legacy_weights import (
    convert_folder,
    converted_lock,
    has_size,
    legacy_weights,
    remove_pickled,
    write_lock,
)
from generation.model_folder import file_sha256
from generation.registry import LockedFile, ModelSpec, PullLock, read_lock

CONFIG_FILE = "config.json"

_DISK_RESERVE_BYTES = 1 << 30


@dataclass(frozen=True)
class PullPlan:
    """What a pull is about to fetch, and under which licence; reported before the first byte.

    `declared_licence` stands in our configuration, `hub_licence` on the model's card (None if
    the card names none). `gated` means that the licence must have been accepted on that page;
    `converts`, that pickled weights are made into safetensors once they are here.
    """

    model: str
    hub_id: str
    commit: str
    declared_licence: str
    hub_licence: str | None
    licence_page: str
    commercial_use: bool
    gated: bool
    folder: Path
    total_bytes: int
    converts: bool = False


@dataclass(frozen=True)
class PullStep:
    """How far a pull has come, counted over all files."""

    file: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class ConversionStep:
    """A file of pickled weights that is being converted now."""

    file: str


News = PullPlan | PullStep | ConversionStep
Progress = Callable[[News], None]


def pull(
    spec: ModelSpec,
    models_dir: Path,
    progress: Progress,
    *,
    endpoint: str | None = None,
    token: str | None = None,
    convert_pickled: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch a hub model into `<models_dir>/<name>` and return that folder.

    `progress` gets the PullPlan first, which is the moment to show the licence, then PullSteps;
    an exception that it raises ends the pull. Without `token`, HF_TOKEN or the saved login count.
    Raises LegacyWeights before anything is fetched if there are pickled weights only and
    `convert_pickled` is False; GatedModel, HubUnreachable, or another DownloadFailed. What has arrived
    is kept, unless it is pickled weights that must not be opened.
    """
    repository = HubRepository(spec, endpoint, token, pause)
    folder = models_dir / spec.name
    with _told_of_the_disk(spec.name, models_dir), sole_use(spec.name, folder):
        snapshot = repository.snapshot()
        if snapshot.gated:
            repository.refuse_without_token()
        converted = converted_lock(folder, snapshot)
        if snapshot.pickled and not converted and not convert_pickled:
            raise legacy_weights(snapshot)
        lock = converted or snapshot.lock
        pickled = () if converted else snapshot.pickled
        plan = PullPlan(
            model=spec.name,
            hub_id=lock.hub_id,
            commit=lock.commit,
            declared_licence=spec.licence,
            hub_licence=snapshot.licence,
            licence_page=repository.licence_page,
            commercial_use=spec.commercial_use,
            gated=snapshot.gated,
            folder=folder,
            total_bytes=sum(file.size_bytes for file in lock.files.values()),
            converts=bool(pickled),
        )
        progress(plan)
        _forget_outdated(folder, lock)
        _refuse_full_disk(folder, lock, sum(lock.files[name].size_bytes for name in pickled))
        write_lock(folder, lock)
        _fetch_missing(repository, plan, lock, progress)
        if pickled:
            lock = convert_folder(folder, lock, pickled, lambda file: progress(ConversionStep(file)))
        remove_pickled(folder, snapshot.pickled)
    return folder


def is_promised(path: Path, file: LockedFile) -> bool:
    """Whether size and digest are right: a sha256 for large files, git's blob id (a sha1) for small ones."""
    if not has_size(path, file):
        return False
    if len(file.digest) == hashlib.sha256().digest_size * 2:
        return file_sha256(path) == file.digest
    content = path.read_bytes()
    blob = f"blob {len(content)}\0".encode() + content
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest() == file.digest


@contextmanager
def sole_use(name: str, folder: Path) -> Iterator[None]:
    """Two pulls that append to one file would spoil it. Raises DownloadFailed while another is at it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder.with_name(f".{name}.pull"), timeout=0):
            yield
    except filelock.Timeout:
        raise DownloadFailed(f"A pull of {name} is running. Let it finish, or stop it.") from None
    finally:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def _told_of_the_disk(name: str, models_dir: Path) -> Iterator[None]:
    """A disk that fills up on the way, or may not be written to, is no fault of ours and gets a sentence."""
    try:
        yield
    except BrokenPipeError:  # whoever read the progress has gone
        raise
    except OSError as error:
        raise DownloadFailed(
            f"{name} could not be written to {models_dir} ({error.strerror or error}). What has arrived is "
            f"kept. Free some space or check who may write there, then pull {name} again."
        ) from error


def _fetch_missing(repository: HubRepository, plan: PullPlan, lock: PullLock, progress: Progress) -> None:
    """The config first: a model that could not be loaded is known by it, before gigabytes arrive."""
    done_bytes = 0
    for name in sorted(lock.files, key=lambda name: (name != CONFIG_FILE, name)):
        file, path = lock.files[name], plan.folder / name
        if not path.is_file():
            part = path.with_name(f"{name}.incomplete")
            for arrived_bytes in repository.fetch(part, name, file.size_bytes, lock.commit):
                progress(PullStep(name, done_bytes + arrived_bytes, plan.total_bytes))
            _accept(part, path, file)
        if name == CONFIG_FILE:
            _refuse_unknown(plan)
        done_bytes += file.size_bytes
        progress(PullStep(name, done_bytes, plan.total_bytes))


def _refuse_unknown(plan: PullPlan) -> None:
    try:
        kind = str(json.loads((plan.folder / CONFIG_FILE).read_bytes())["model_type"])
    except (ValueError, TypeError, KeyError):
        raise DownloadFailed(
            f"config.json of {plan.hub_id} does not say what kind of model it is, so it could not be loaded. "
            "No weights were fetched. Declare another model."
        ) from None
    if not is_known(kind):
        raise DownloadFailed(
            f"{plan.hub_id} has the architecture {kind}, which the installed transformers cannot write text "
            "with. No weights were fetched. Install a newer Copydesk, or declare another model."
        )


def _forget_outdated(folder: Path, lock: PullLock) -> None:
    """Remove what is here and not wanted so: files of another commit, or put here by other means."""
    earlier = read_lock(folder)
    known = earlier.files if earlier else {}
    for name in {*known, *lock.files}:
        path, wanted = folder / name, lock.files.get(name)
        if wanted is None or known.get(name) != wanted:
            path.with_name(f"{name}.incomplete").unlink(missing_ok=True)
            if wanted is None or not is_promised(path, wanted):
                path.unlink(missing_ok=True)
        elif path.is_file() and not has_size(path, wanted):
            path.unlink()


def _refuse_full_disk(folder: Path, lock: PullLock, converted_bytes: int) -> None:
    """`converted_bytes`: what converting writes beside the files fetched."""
    missing_bytes = converted_bytes + sum(
        file.size_bytes for name, file in lock.files.items() if not (folder / name).is_file()
    )
    free_bytes = shutil.disk_usage(folder).free
    if missing_bytes and missing_bytes + _DISK_RESERVE_BYTES > free_bytes:
        raise DownloadFailed(
            f"The model needs {missing_bytes / 2**30:.1f} GiB and 1 GiB to spare, but only "
            f"{free_bytes / 2**30:.1f} GiB are free in {folder}. Free some space and pull again."
        )


def _accept(part: Path, path: Path, file: LockedFile) -> None:
    """Give a file its name if it is what the hub promised; delete it if not."""
    if not is_promised(part, file):
        part.unlink()
        raise DownloadFailed(
            f"{path.name} did not arrive as the hub promised it (its digest differs), so it was deleted. "
            "Pull again."
        )
    part.replace(path)
