"""This machine's models as the pool sees them: on disk, on the device, in its memory.

Torch takes seconds to import, and the server must answer before that: so this module imports
it in its methods, which the pool calls in threads.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from generation.memory import budget_bytes, needed_bytes
from generation.registry import ModelSpec, Presence, find_presence

if TYPE_CHECKING:
    from generation.engine import TransformersModel


class LocalShelf:
    """Implements pool.Shelf for transformers models. `memory_fraction` is in (0, 1]."""

    def __init__(self, models_dir: Path, memory_fraction: float) -> None:
        self._models_dir = models_dir
        self._memory_fraction = memory_fraction

    def warm_up(self) -> None:
        """Import torch and transformers ahead of the first model, and make them good neighbours."""
        import generation.engine  # noqa: F401
        from generation.devices import limit_threads

        limit_threads()
        # transformers writes to stderr by itself; its lines shall look like all the others.
        library = logging.getLogger("transformers")
        library.handlers.clear()
        library.propagate = True

    def find(self, spec: ModelSpec) -> Presence:
        return find_presence(spec, self._models_dir)

    def needed_bytes(self, spec: ModelSpec, folder: Path) -> int:
        from generation.devices import choose_device, choose_dtype, dtype_name

        return needed_bytes(folder, dtype_name(choose_dtype(spec.precision, choose_device())))

    def budget_bytes(self, held_bytes: int) -> int:
        from generation.devices import choose_device, measure_memory

        return budget_bytes(measure_memory(choose_device()), self._memory_fraction, held_bytes)

    def load(self, spec: ModelSpec, folder: Path, revision: str) -> "TransformersModel":
        from generation.devices import choose_device
        from generation.loading import load_model

        self.warm_up()
        return load_model(spec, folder, revision, choose_device())

    def release(self) -> None:
        from generation.devices import release_memory

        release_memory()
