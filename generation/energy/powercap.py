"""Energy of CPU packages and their memory, as Linux tells it under /sys/class/powercap (RAPL).

Each zone counts microjoules in `energy_uj` and begins again at `max_energy_range_uj`. Since 2020
kernels let only root read it, unless an administrator allows more; then nothing is available here.
"""

from collections.abc import Iterator
from pathlib import Path

from generation.energy.meter import EnergyCount, Scope

POWERCAP = Path("/sys/class/powercap")

_MICROJOULES = 1_000_000


class PowercapMeter:
    """All packages, and the memory that counts apart from them; their parts are not added again."""

    scope = Scope.SOC
    method = "RAPL (powercap)"

    def __init__(self, zones: tuple["Zone", ...]) -> None:
        self._zones = zones

    def sees(self, device: str) -> bool:
        return device == "cpu"

    def read(self) -> EnergyCount | None:
        try:
            return EnergyCount(sum(zone.read() for zone in self._zones) / _MICROJOULES)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Files are opened for each reading."""


class Zone:
    """One counter, made one that never begins again: it must be read once before it has run round twice."""

    def __init__(self, folder: Path) -> None:
        self._counter = folder / "energy_uj"
        self._range = int((folder / "max_energy_range_uj").read_text())
        self._latest = self._now()
        self._rounds = 0

    def read(self) -> int:
        now = self._now()
        if now < self._latest:
            self._rounds += 1
        self._latest = now
        return self._rounds * (self._range + 1) + now

    def _now(self) -> int:
        return int(self._counter.read_text())


def open_powercap_meter(root: Path = POWERCAP) -> PowercapMeter | None:
    """None where there are no packages, or where they may not be read."""
    try:
        zones = tuple(Zone(folder) for folder in _packages_and_memory(root))
    except (OSError, ValueError):
        return None
    return PowercapMeter(zones) if zones else None


def _packages_and_memory(root: Path) -> Iterator[Path]:
    """`intel-rapl:0` is a package (AMD's are called so too), `intel-rapl:0:1` a part of it."""
    for folder in sorted(root.glob("intel-rapl:*")):
        name = (folder / "name").read_text().strip()
        if name.startswith("package") or name == "dram":
            yield folder
