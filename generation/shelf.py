"""This machine's models as the pool sees them: on disk, on the device, in its memory.

Torch takes seconds to import, and the server must answer before that: so this module imports
it in its methods, which the pool calls in threads.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.measurements import MEASUREMENTS_FILE, Measurements
from generation.memory import MemoryNeed, budget_bytes, estimate_need
from generation.registry import ModelSpec, Precision, Presence, find_presence
from generation.text_model import BatchLimits

if TYPE_CHECKING:
    import torch

    from generation.engine import TransformersModel


class LocalShelf:
    """Implements pool.Shelf for transformers models. `memory_fraction` is in (0, 1].

    What a model takes is measured when it is loaded for the first time, and kept in `models_dir`.
    """

    def __init__(self, models_dir: Path, memory_fraction: float) -> None:
        self._models_dir = models_dir
        self._memory_fraction = memory_fraction
        self._measurements = Measurements(models_dir / MEASUREMENTS_FILE)

    def warm_up(self) -> None:
        """Import torch and transformers ahead of the first model, and make them good neighbours."""
        import generation.engine  # noqa: F401
        from generation.devices import limit_threads, report_fallbacks

        limit_threads()
        report_fallbacks()
        # transformers writes to stderr by itself; its lines shall look like all the others.
        library = logging.getLogger("transformers")
        library.handlers.clear()
        library.propagate = True

    def find(self, spec: ModelSpec) -> Presence:
        return find_presence(spec, self._models_dir)

    def need(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> MemoryNeed:
        from generation.loading import refuse_unsupported

        refuse_unsupported(spec, folder)
        precision, device = _computed_in(spec)
        measured = self._measurements.find(spec.name, revision, precision, device.type)
        return estimate_need(folder, precision, limits, measured)

    def budget_bytes(self, held_bytes: int) -> int:
        from generation.devices import choose_device, measure_memory, own_bytes

        device = choose_device()
        own = min(held_bytes, own_bytes(device))
        return budget_bytes(measure_memory(device), self._memory_fraction, own)

    def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> "TransformersModel":
        from generation.loading import load_model

        self.warm_up()
        _, device = _computed_in(spec)
        return load_model(
            spec,
            folder,
            revision,
            device,
            limits,
            on_ready=lambda model: self._measure(spec, revision, model),
        )

    def release(self) -> None:
        from generation.devices import release_memory

        release_memory()

    def _measure(self, spec: ModelSpec, revision: str, model: Any) -> None:
        from generation.step_memory import measure_model

        precision, device = _computed_in(spec)
        if self._measurements.find(spec.name, revision, precision, device.type) is None:
            measured = measure_model(model)
            self._measurements.record(spec.name, revision, precision, device.type, measured)


def _computed_in(spec: ModelSpec) -> "tuple[str, torch.device]":
    """The precision of the weights, and the device. Only a CPU has kernels for int8."""
    from generation.devices import choose_device, choose_dtype, dtype_name

    device = choose_device()
    if spec.precision is Precision.INT8 and device.type == "cpu":
        return spec.precision.value, device
    return dtype_name(choose_dtype(spec.precision, device)), device
