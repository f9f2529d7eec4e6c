"""A folder that holds a transformers model: is it whole, what is in it. Headers only, never weights.

Only safetensors are read. Pickled weights (`*.bin`, `*.pt`) can run code when they are opened. Folders are
looked at for every draft, so what was found stays known until a file has another size or time of change.
"""

import hashlib
import json
import math
from collections import Counter
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

INDEX_FILE = "model.safetensors.index.json"
SINGLE_FILE = "model.safetensors"
DIGESTS_FILE = "digests.json"
SETTINGS_FILES = ("config.json", "generation_config.json", "tokenizer_config.json", "chat_template.jinja")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")

# The format's own limit on a header; a larger number means that the file is something else.
_MAX_HEADER_BYTES = 100_000_000
_SAMPLE_BYTES = 65_536
_PRECISIONS = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


# Of everything in a folder its name, size in bytes, and time of change in nanoseconds.
_State = tuple[tuple[str, int, int], ...]


class _Damage(Exception):
    """Why a folder cannot be used, as a clause without a full stop."""


def find_damage(folder: Path) -> str | None:
    """Why this folder cannot be loaded, as a clause; None if nothing is wrong with it.

    Seen are: a missing or unreadable config.json, a download that stopped (`*.incomplete`, a
    missing shard, a file shorter than its header says), weights that are not safetensors, a
    missing tokenizer, and files that differ from `digests.json` where the folder has one.
    """
    return _find_damage(folder, _state(folder))


@lru_cache
def _find_damage(folder: Path, _state: _State) -> str | None:
    try:
        _read_json(folder / "config.json")
        _refuse_unfinished(folder)
        for path in _weight_files(folder):
            _read_header(path)
        _refuse_missing_tokenizer(folder)
        _compare_digests(folder)
    except _Damage as damage:
        return str(damage)
    return None


def read_config(folder: Path) -> dict[str, Any]:
    """The content of config.json. Call on a whole folder only."""
    return _read_json(folder / "config.json")


def count_parameters(folder: Path) -> int:
    """The exact number of stored parameters, from the safetensors headers. Call on a whole folder only."""
    return sum(
        math.prod(tensor["shape"])
        for path in _weight_files(folder)
        for name, tensor in _read_header(path).items()
        if name != "__metadata__"
    )


def stored_precision(folder: Path) -> str:
    """What most of the weights are stored in: "float32", "float16", "bfloat16", else the format's own word.

    Call on a whole folder only.
    """
    parameters: Counter[str] = Counter()
    for path in _weight_files(folder):
        for name, tensor in _read_header(path).items():
            if name != "__metadata__":
                parameters[tensor["dtype"]] += math.prod(tensor["shape"])
    most = parameters.most_common(1)[0][0] if parameters else "F32"
    return _PRECISIONS.get(most, most)


def folder_digest(folder: Path) -> str:
    """Twelve hexadecimal digits that change when the model does, cheap for weights of any size.

    Small files count whole. Of each weights file its size, its header and samples from its
    beginning, middle and end count, so that two trainings of one architecture differ.
    """
    return _folder_digest(folder, _state(folder))


@lru_cache
def _folder_digest(folder: Path, _state: _State) -> str:
    digest = hashlib.sha256()
    small = [folder / name for name in (*SETTINGS_FILES, *TOKENIZER_FILES)]
    for path in filter(Path.is_file, small):
        digest.update(f"{path.name}:{path.stat().st_size}:".encode() + path.read_bytes())
    for path in _weight_files(folder):
        size_bytes = path.stat().st_size
        digest.update(f"{path.name}:{size_bytes}:".encode())
        with path.open("rb") as file:
            digest.update(file.read(8 + _header_length(path)))
            for position in (file.tell(), size_bytes // 2, max(0, size_bytes - _SAMPLE_BYTES)):
                file.seek(position)
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:12]


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(folder: Path) -> _State:
    """Of what can be looked at: the folder may be gone, and a download may rename a file meanwhile."""
    paths, state = list[Path](), list[tuple[str, int, int]]()
    with suppress(OSError):
        paths += folder.iterdir()
    for path in paths:
        with suppress(OSError):
            stat = path.stat()
            # Not st_mtime, which stays when a file may be read again, or is put back with its old date.
            state.append((path.name, stat.st_size, stat.st_ctime_ns))
    return tuple(sorted(state))


def _weight_files(folder: Path) -> list[Path]:
    if (folder / INDEX_FILE).is_file():
        weight_map = _read_json(folder / INDEX_FILE).get("weight_map")
        if not isinstance(weight_map, dict) or not weight_map:
            raise _Damage(f"{INDEX_FILE} names no weights")
        names = sorted({str(name) for name in weight_map.values()})
        if any(Path(name).name != name for name in names):
            raise _Damage(f"{INDEX_FILE} names files outside the folder")
        if missing := [name for name in names if not (folder / name).is_file()]:
            raise _Damage(f"{len(missing)} of {len(names)} weight files are missing ({missing[0]})")
        return [folder / name for name in names]
    if (folder / SINGLE_FILE).is_file():
        return [folder / SINGLE_FILE]
    if pickled := sorted([*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth")]):
        raise _Damage(
            f"it has pickled weights only ({pickled[0].name}), which can run code when they are opened; "
            "only safetensors are loaded"
        )
    raise _Damage(f"it has no weights ({SINGLE_FILE} is missing)")


def _header_length(path: Path) -> int:
    with path.open("rb") as file:
        return int.from_bytes(file.read(8), "little")


def _read_header(path: Path) -> dict[str, Any]:
    """The table of contents of a safetensors file, after checking that the file has all its bytes."""
    header_bytes = _header_length(path)
    size_bytes = path.stat().st_size
    if size_bytes < 8 or header_bytes > _MAX_HEADER_BYTES:
        raise _Damage(f"{path.name} is not a safetensors file")
    if size_bytes < 8 + header_bytes:
        raise _Damage(f"{path.name} is cut off within its header")
    with path.open("rb") as file:
        file.seek(8)
        header = _parse_object(file.read(header_bytes), path.name)
    try:
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    except (TypeError, KeyError, IndexError):
        raise _Damage(f"{path.name} has a header that is not safetensors'") from None
    expected_bytes = 8 + header_bytes + max(ends, default=0)
    if size_bytes != expected_bytes:
        raise _Damage(f"{path.name} has {size_bytes:,} bytes where its header promises {expected_bytes:,}")
    return header


def _refuse_unfinished(folder: Path) -> None:
    if unfinished := sorted(folder.glob("*.incomplete")):
        raise _Damage(f"its download is not complete ({unfinished[0].name})")


def _refuse_missing_tokenizer(folder: Path) -> None:
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise _Damage("it has no tokenizer (tokenizer.json is missing)")


def _compare_digests(folder: Path) -> None:
    if not (folder / DIGESTS_FILE).is_file():
        return
    for name, promised in sorted(_read_json(folder / DIGESTS_FILE).items()):
        if Path(name).name != name or not (folder / name).is_file():
            raise _Damage(f"{name}, which {DIGESTS_FILE} lists, is missing")
        if file_sha256(folder / name) != promised:
            raise _Damage(f"{name} is not the file that {DIGESTS_FILE} lists (its sha256 differs)")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError:
        raise _Damage(f"{path.name} is missing or cannot be read") from None
    return _parse_object(content, path.name)


def _parse_object(content: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        raise _Damage(f"{name} is not valid JSON") from None
    if not isinstance(value, dict):
        raise _Damage(f"{name} is not a JSON object")
    return value
