"""NVIDIA's energy counter of one graphics card, through NVML (nvidia-ml-py)."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from generation.energy.meter import EnergyCount, Scope

_MILLIJOULES = 1000


class NvmlMeter:
    """Millijoules since the driver was loaded, of the card that CUDA calls its first one.

    `library` is the module pynvml. Cards before Volta and slices of a divided card have no counter.
    """

    scope = Scope.ACCELERATOR
    method = "NVML total energy"

    def __init__(self, library: Any, card: Any) -> None:
        self._library = library
        self._card = card

    def sees(self, device: str) -> bool:
        return device.partition(":")[0] == "cuda"

    def read(self) -> EnergyCount | None:
        try:
            joules = self._library.nvmlDeviceGetTotalEnergyConsumption(self._card) / _MILLIJOULES
        except self._library.NVMLError:
            return None
        return EnergyCount(joules, joules)

    def close(self) -> None:
        self._library.nvmlShutdown()


def open_nvml_meter(environment: Mapping[str, str], library: Any = None) -> NvmlMeter | None:
    """None where the driver, the package, the card or its counter is missing."""
    try:
        nvml = library or import_module("pynvml")
        nvml.nvmlInit()
    except ImportError:
        return None
    except nvml.NVMLError:
        return None
    try:
        meter = NvmlMeter(nvml, _first_card(nvml, environment.get("CUDA_VISIBLE_DEVICES", "")))
    except nvml.NVMLError:
        nvml.nvmlShutdown()
        return None
    if meter.read() is not None:
        return meter
    meter.close()
    return None


def _first_card(nvml: Any, visible: str) -> Any:
    """CUDA_VISIBLE_DEVICES names cards by number or by UUID; the first of them is where models go."""
    first = visible.partition(",")[0].strip()
    if first.startswith(("GPU-", "MIG-")):
        return nvml.nvmlDeviceGetHandleByUUID(first)
    return nvml.nvmlDeviceGetHandleByIndex(int(first) if first.isdecimal() else 0)
