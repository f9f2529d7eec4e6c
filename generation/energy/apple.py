"""Apple silicon's own energy counters, through zeus-apple-silicon, without root.

The counters are IOReport's, in millijoules; they are estimates by the chip, of the chip. Parts that a
macOS does not tell are None there.
"""

from importlib import import_module
from typing import Any, Protocol

from generation.energy.meter import EnergyCount, Scope

_MILLIJOULES = 1000


class AppleCounters(Protocol):
    """AppleEnergyMetrics, as far as it is added up: parts that do not hold each other, in mJ."""

    cpu_total_mj: int | None
    gpu_mj: int | None
    gpu_sram_mj: int | None
    ane_mj: int | None
    dram_mj: int | None


class AppleMonitor(Protocol):
    """zeus_apple_silicon.AppleEnergyMonitor."""

    def get_cumulative_energy(self) -> AppleCounters: ...


class AppleSiliconMeter:
    """CPU, GPU with its cache, neural engine and memory of the chip.

    Not available where neither CPU nor GPU is told. A GPU that is not told counts as 0 joules of the
    accelerator, so that the ledger does not take the CPU's part for the whole.
    """

    scope = Scope.SOC
    method = "zeus-apple-silicon"

    def __init__(self, monitor: AppleMonitor) -> None:
        self._monitor = monitor

    def sees(self, device: str) -> bool:
        return device in ("cpu", "mps")

    def read(self) -> EnergyCount | None:
        counters = self._monitor.get_cumulative_energy()
        if counters.cpu_total_mj is None and counters.gpu_mj is None:
            return None
        parts = (
            counters.cpu_total_mj,
            counters.gpu_mj,
            counters.gpu_sram_mj,
            counters.ane_mj,
            counters.dram_mj,
        )
        total_mj = sum(part for part in parts if part is not None)
        return EnergyCount(total_mj / _MILLIJOULES, (counters.gpu_mj or 0) / _MILLIJOULES)

    def close(self) -> None:
        """The counters run on whether somebody reads them or not."""


def open_apple_meter() -> AppleSiliconMeter | None:
    """None where the package is not installed or the chip does not answer."""
    try:
        library: Any = import_module("zeus_apple_silicon")
        return AppleSiliconMeter(library.AppleEnergyMonitor())
    except (ImportError, RuntimeError, OSError):
        return None
