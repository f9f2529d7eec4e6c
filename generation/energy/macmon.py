"""The power of the whole Mac, as `macmon serve` tells it on loopback.

    brew install macmon && macmon serve --host 127.0.0.1 --install

`GET /json` answers with `sys_power` (the power sensor of the machine) and `all_power` (CPU, GPU and
neural engine), both in watts. Where the sensor cannot be read, macmon answers 0; where the sensor says
0, `sys_power` equals `all_power` and is the chip's power under the machine's name. Both count as
unavailable here.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from math import isfinite
from typing import Any

from generation.energy.meter import EnergyCount, Scope

POLL_SECONDS = 1.0  # macmon's own interval
STALE_SECONDS = 4.0
_RETRY_SECONDS = 30.0
_TIMEOUT_SECONDS = 1.0


class MacmonMeter:
    """Integrates the power that macmon tells: each reading holds until the next one, a second later.

    Available as long as the latest reading is at most 4 s old; after a pause it begins anew. `start`
    begins to ask once a second, or every 30 s while nobody answers.
    """

    scope = Scope.SYSTEM
    method = "macmon sys_power"

    def __init__(self, port: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._url = f"http://127.0.0.1:{port}/json"
        self._clock = clock
        self._lock = threading.Lock()
        self._joules = 0.0
        self._beginning = 0
        self._watts: float | None = None
        self._asked_at = 0.0
        self._closed = threading.Event()
        # No proxy: the way goes to this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._ask_again_and_again, name="macmon", daemon=True)
        thread.start()
        return thread

    def sees(self, device: str) -> bool:  # noqa: ARG002 - whatever computes, the machine draws it
        return True

    def read(self) -> EnergyCount | None:
        with self._lock:
            age = self._clock() - self._asked_at
            if self._watts is None or age > STALE_SECONDS:
                return None
            return EnergyCount(self._joules + self._watts * age, beginning=self._beginning)

    def close(self) -> None:
        self._closed.set()

    def ask(self) -> bool:
        """Take one reading. False: macmon does not answer, or not with a power."""
        watts = self._ask_watts()
        with self._lock:
            now = self._clock()
            age = now - self._asked_at
            if self._watts is None or age > STALE_SECONDS:
                self._beginning += 1
            else:
                self._joules += self._watts * age
            self._watts, self._asked_at = watts, now
        return watts is not None

    def _ask_watts(self) -> float | None:
        try:
            with self._opener.open(self._url, timeout=_TIMEOUT_SECONDS) as answer:
                return system_watts(json.loads(answer.read(65_536)))
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def _ask_again_and_again(self) -> None:
        while not self._closed.wait(POLL_SECONDS if self.ask() else _RETRY_SECONDS):
            pass


def system_watts(reading: Any) -> float | None:
    """What the machine draws, from one answer of macmon; None where it does not know."""
    if not isinstance(reading, dict):
        return None
    watts, of_chip = reading.get("sys_power"), reading.get("all_power", 0.0)
    if not isinstance(watts, int | float) or not isinstance(of_chip, int | float) or not isfinite(watts):
        return None
    return float(watts) if watts > max(of_chip, 0.0) else None
