"""The catalogue: models that ship declared, and presets of routes among them. Data, read without torch.

Both come as plain tables, so that a person's own configuration can be merged over them before
anything is validated.
"""

import tomllib
from pathlib import Path
from typing import Any, Final

Table = dict[str, Any]

HERE: Final = Path(__file__).parent


def model_tables() -> dict[str, Table]:
    """What models.toml says of each model; its keys are ModelSpec's, less the name."""
    return _read("models.toml")


def preset_tables() -> dict[str, dict[str, Table]]:
    """The route rules of each preset in presets.toml, by content type or `default`."""
    return _read("presets.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
