"""Is a model on this machine what it should be: every byte against its digests, and an architecture we know.

Presence (registry.find_presence) reads headers and sizes only, because it is asked before every draft;
this reads everything, which takes as long as the disk does. Imports torch nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generation.architectures import is_known
from generation.downloads import is_promised
from generation.model_folder import read_config
from generation.registry import (
    ModelSource,
    ModelSpec,
    PresenceStatus,
    find_presence,
    read_lock,
)


@dataclass(frozen=True)
class Verdict:
    """What was found about one model. `whole` None means that it is not on this machine.

    `compared_bytes` is how much was compared with digests that came from elsewhere (the hub's, or
    those that ship with a starter model); 0 where there are none.
    """

    name: str
    whole: bool | None
    detail: str
    remedy: str = ""
    compared_bytes: int = 0


def verify(
    spec: ModelSpec, models_dir: Path, on_progress: Callable[[str, int], None] = lambda *_: None
) -> Verdict:
    """Check one model completely; `on_progress` hears each file's name and size before it is read."""
    presence = find_presence(spec, models_dir)
    if presence.status is PresenceStatus.MISSING:
        return Verdict(spec.name, None, presence.reason, presence.remedy)
    if presence.status is PresenceStatus.DAMAGED or presence.folder is None:
        return Verdict(spec.name, False, presence.reason, presence.remedy)
    folder = presence.folder
    lock = read_lock(folder)
    compared_bytes = 0
    for name, file in sorted(lock.files.items()) if lock else ():
        on_progress(name, file.size_bytes)
        if not is_promised(folder / name, file):
            return Verdict(spec.name, False, _spoilt(spec, name), _remedy(spec))
        compared_bytes += file.size_bytes
    kind = str(read_config(folder).get("model_type"))
    if not is_known(kind):
        return Verdict(
            spec.name,
            False,
            f"The installed transformers cannot write text with the architecture {kind} of {spec.name}.",
            "Install a newer Copydesk, or route to another model.",
        )
    if spec.source is ModelSource.STARTER:
        compared_bytes = _size(folder)
    return Verdict(spec.name, True, _praise(kind, compared_bytes), compared_bytes=compared_bytes)


def _spoilt(spec: ModelSpec, name: str) -> str:
    return f"{name} of {spec.name} is not the file that was pulled: its digest differs."


def _remedy(spec: ModelSpec) -> str:
    return f"Run `copydesk models remove {spec.name}`, then `copydesk models pull {spec.name}`."


def _praise(kind: str, compared_bytes: int) -> str:
    if compared_bytes:
        return f"Every file matches its digest; architecture {kind}."
    return f"The files are whole by their headers; there are no digests to compare with. Architecture {kind}."


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
