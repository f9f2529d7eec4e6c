"""Model folders with true headers and worthless weights, written without torch."""

import json
from pathlib import Path
from typing import Any

from generation.registry import ModelSpec


def write_safetensors(path: Path, tensors: dict[str, list[int]], filling: bytes = b"\0") -> None:
    """A safetensors file of float16 tensors with these names and shapes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in tensors.items():
        start = end
        size = 2
        for length in shape:
            size *= length
        end = start + size
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header).encode()
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + filling * end)


def write_model(folder: Path, filling: bytes = b"\0") -> Path:
    """A folder that passes every check that needs no torch: one tensor of 6 parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "tokenizer.json").write_text("{}")
    write_safetensors(folder / "model.safetensors", {"weight": [2, 3]}, filling)
    return folder


def spec(name: str = "tiny", source: str = "folder", **fields: Any) -> ModelSpec:
    """A declared model; a folder model lives in a folder of its own name."""
    located = {"folder": {"folder": name}, "hub": {"hub_id": f"org/{name}"}, "starter": {}}[source]
    declared = {"name": name, "source": source, "parameters": 6, "licence": "MIT", "commercial_use": True}
    return ModelSpec.model_validate(declared | located | fields)
