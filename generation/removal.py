"""Taking a pulled model off this machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from generation.downloads import sole_use
from generation.errors import NotRemovable
from generation.registry import ModelSource, ModelSpec, find_presence


@dataclass(frozen=True)
class Removal:
    """What removing a model would free."""

    name: str
    folder: Path
    file_count: int
    freed_bytes: int


def plan_removal(spec: ModelSpec, models_dir: Path) -> Removal:
    """What would go, a pull that never finished included. Raises NotRemovable with the reason."""
    match spec.source:
        case ModelSource.STARTER:
            raise NotRemovable(f"{spec.name} ships with Copydesk and goes with it. Nothing was removed.")
        case ModelSource.FOLDER:
            raise NotRemovable(
                f"{spec.name} lies in a folder of yours ({spec.folder}), which Copydesk only reads. Remove "
                f"it yourself, and [models.{spec.name}] from copydesk.toml."
            )
        case ModelSource.REMOTE:
            raise NotRemovable(f"{spec.name} runs on another server, so there is nothing here to remove.")
        case ModelSource.HUB:
            return _plan(spec, models_dir)


def remove(removal: Removal) -> None:
    """Remove it: first out of sight in one step, then from the disk, so that nothing half is ever found.

    Raises DownloadFailed while it is being pulled, NotRemovable if the disk refuses.
    """
    aside = removal.folder.with_name(f".{removal.name}.removed")
    try:
        with sole_use(removal.name, removal.folder):
            shutil.rmtree(aside, ignore_errors=True)  # of one that was stopped
            removal.folder.replace(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise NotRemovable(
            f"{removal.folder} could not be removed ({error.strerror}). Check who may write there."
        ) from error


def _plan(spec: ModelSpec, models_dir: Path) -> Removal:
    folder = models_dir / spec.name
    if folder.is_dir():
        files = [path for path in folder.rglob("*") if path.is_file()]
        return Removal(spec.name, folder, len(files), sum(path.stat().st_size for path in files))
    cached = find_presence(spec, models_dir).folder
    if cached is not None:
        raise NotRemovable(
            f"{spec.name} lies in the hub's own cache ({cached}), which other programs use too. Remove it "
            "there with `hf cache rm`."
        )
    raise NotRemovable(f"{spec.name} is not on this machine. Nothing was removed.")
