"""The last resort: the watts that the configuration declares, times seconds. Always labelled so."""

import time
from collections.abc import Callable

from generation.energy.meter import EnergyCount, Scope


class DeclaredMeter:
    """Counts `watts` (above 0) for every second, whatever the machine does."""

    scope = Scope.DECLARED
    method = "declared watts × seconds"

    def __init__(self, watts: float, clock: Callable[[], float] = time.perf_counter) -> None:
        if not watts > 0:
            raise ValueError(f"watts must be above 0, got {watts}")
        self._watts = watts
        self._clock = clock

    def sees(self, device: str) -> bool:  # noqa: ARG002 - it stands for the whole machine
        return True

    def read(self) -> EnergyCount:
        return EnergyCount(self._watts * self._clock())

    def close(self) -> None:
        """There is nothing to let go of."""
