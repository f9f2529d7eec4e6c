"""Turning pickled weights into safetensors once, in a process of its own; torch is imported there only.

    pytorch_model*.bin ─▶ weights_only load, mapped from disk ─▶ model*.safetensors ─▶ read back and compared

A pickle can run code when it is opened, so only torch's restricted reader touches it, and whatever that
reader refuses is refused here. One file of weights is converted at a time and tensor by tensor, so that
memory holds little more than the largest tensor.
"""

import json
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from generation.errand import run_errand, serve_errand
from generation.errors import ConversionRefused
from generation.model_folder import INDEX_FILE, SINGLE_FILE

if TYPE_CHECKING:
    import torch

SAFE_DTYPES = {
    "torch.float64": "F64",
    "torch.float32": "F32",
    "torch.float16": "F16",
    "torch.bfloat16": "BF16",
    "torch.int64": "I64",
    "torch.int32": "I32",
    "torch.int16": "I16",
    "torch.int8": "I8",
    "torch.uint8": "U8",
    "torch.bool": "BOOL",
}
"""What torch calls a type, and what the safetensors format does."""

_ALIGNMENT_BYTES = 8


class ConversionOrder(BaseModel):
    """Convert these pickled files in this folder, in this order."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    pickled: tuple[str, ...]


class Converted(BaseModel):
    """The safetensors files (and their index) that now stand beside the pickled ones, whole and compared.

    `dropped` are names that shared every byte with another that was kept, such as the second end of a
    tied vocabulary; loading ties them again.
    """

    model_config = ConfigDict(frozen=True)

    written: tuple[str, ...]
    dropped: tuple[str, ...]


def convert(folder: Path, pickled: tuple[str, ...], on_progress: Callable[[str], None]) -> Converted:
    """Write safetensors beside pickled weights; `on_progress` hears the name of each file begun.

    The pickled files stay. Raises ErrandFailed with a sentence if they cannot be converted.
    """
    return run_errand(
        "generation.conversion",
        ConversionOrder(folder=folder, pickled=pickled),
        Converted,
        lambda progress: on_progress(str(progress["file"])),
    )


def convert_here(order: ConversionOrder, report: Callable[..., None]) -> Converted:
    """The conversion itself, in this process. Raises ConversionRefused; nothing half is left behind."""
    names = _safe_names(len(order.pickled))
    tied = _tied_names(order.folder)
    weight_map: dict[str, str] = {}
    dropped: list[str] = []
    total_bytes = 0
    for pickled, name in zip(order.pickled, names, strict=True):
        report(file=pickled)
        tensors = _read_pickled(order.folder / pickled)
        kept, left_out = _without_shared(tensors, tied)
        total_bytes += _write_compared(order.folder / name, kept)
        weight_map |= dict.fromkeys(kept, name)
        dropped += left_out
    if len(names) == 1:
        return Converted(written=tuple(names), dropped=tuple(dropped))
    index = {"metadata": {"total_size": total_bytes}, "weight_map": weight_map}
    (order.folder / INDEX_FILE).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
    return Converted(written=(*names, INDEX_FILE), dropped=tuple(dropped))


def _safe_names(count: int) -> list[str]:
    if count == 1:
        return [SINGLE_FILE]
    return [f"model-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]


def _read_pickled(path: Path) -> "dict[str, torch.Tensor]":
    import torch

    try:
        # Files older than torch 1.6 are not archives and cannot be mapped.
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise ConversionRefused(
            f"{path.name} holds more than tensors, which could run code when it is opened. It was not run, "
            "and this model cannot be used here. Declare one that has safetensors."
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise ConversionRefused(
            f"{path.name} cannot be read as weights ({type(error).__name__}). Pull the model again, or "
            "declare another one."
        ) from error
    return _only_tensors(content, path.name)


def _only_tensors(content: Any, name: str) -> "dict[str, torch.Tensor]":
    import torch

    if not isinstance(content, Mapping) or not content:
        raise ConversionRefused(f"{name} holds no table of weights. Declare a model that has safetensors.")
    for key, value in content.items():
        if not isinstance(value, torch.Tensor) or str(value.dtype) not in SAFE_DTYPES or value.is_sparse:
            raise ConversionRefused(
                f"{name} holds {str(key)[:80]!r}, which safetensors cannot keep. Declare a model that has "
                "safetensors."
            )
    return {str(key): value.detach() for key, value in content.items()}


def _tied_names(folder: Path) -> frozenset[str]:
    """Names that loading makes from others, so that of two that share all bytes the right one is kept."""
    from generation.exact_parameters import tied_names

    return tied_names(json.loads((folder / "config.json").read_bytes()))


def _without_shared(
    tensors: "Mapping[str, torch.Tensor]", tied: frozenset[str]
) -> "tuple[dict[str, torch.Tensor], list[str]]":
    """Of tensors that are the same bytes seen the same way, one; what merely overlaps is kept twice."""
    kept: dict[tuple[Any, ...], str] = {}
    left_out: list[str] = []
    for name in sorted(tensors, key=lambda name: (name in tied, name)):
        tensor = tensors[name]
        view = (tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
        if tensor.numel() > 0 and view in kept:
            left_out.append(name)
        else:
            kept.setdefault(view if tensor.numel() > 0 else (name,), name)
    names = set(kept.values())
    return {name: tensor for name, tensor in tensors.items() if name in names}, left_out


def _write_compared(path: Path, tensors: "Mapping[str, torch.Tensor]") -> int:
    """Write a safetensors file under its name once it reads back the same. Returns its weights' bytes."""
    part = path.with_name(f"{path.name}.incomplete")
    try:
        written_bytes = _write(part, tensors)
        _refuse_difference(part, path.name, tensors)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written_bytes


def _write(path: Path, tensors: "Mapping[str, torch.Tensor]") -> int:
    """The format: a header's length in 8 bytes, the header in JSON, and one tensor's bytes after another's.

    The library's own writer gathers all bytes in memory first, which for these files is the whole model.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": SAFE_DTYPES[str(tensor.dtype)],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % _ALIGNMENT_BYTES)
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for tensor in tensors.values():
            file.write(_bits(tensor).numpy().data)
    return end


def _refuse_difference(path: Path, name: str, tensors: "Mapping[str, torch.Tensor]") -> None:
    """Read back by the library's own reader and compare every bit."""
    import torch
    from safetensors import safe_open

    with safe_open(path, framework="pt") as written:
        same = set(written.keys()) == set(tensors) and all(
            torch.equal(_bits(written.get_tensor(key)), _bits(tensor)) for key, tensor in tensors.items()
        )
    if not same:
        raise ConversionRefused(
            f"{name} did not read back as it was written. Check the disk, and pull the model again."
        )


def _bits(tensor: "torch.Tensor") -> "torch.Tensor":
    """Compared as bytes: a NaN is equal to itself that way."""
    import torch

    return tensor.contiguous().reshape(-1).view(torch.uint8)


if __name__ == "__main__":
    serve_errand(ConversionOrder, convert_here)
