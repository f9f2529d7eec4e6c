"""Machine time: how much of it each model has used, and how much a text takes."""

import statistics
from collections import deque
from collections.abc import Iterable

_RECENT_TEXTS = 20


class MachineTime:
    """The machine time that each model has used: whoever used least is next.

    A model that comes in starts from where the others are: time that it did not ask for earns it
    nothing (start-time fair queueing: Goyal, Vin and Cheng 1996, section 3).
    """

    def __init__(self) -> None:
        self._used_seconds: dict[str, float] = {}
        self._floor_seconds = 0.0

    def enter(self, name: str) -> None:
        self._used_seconds[name] = max(self._used_seconds.get(name, 0.0), self._floor_seconds)

    def next_of(self, names: Iterable[str]) -> str:
        name = min(names, key=lambda name: self._used_seconds[name])
        self._floor_seconds = max(self._floor_seconds, self._used_seconds[name])
        return name

    def add(self, name: str, seconds: float) -> None:
        self._used_seconds[name] += seconds


class Pace:
    """How much machine time a text takes: the mean of each model's recent ones."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {}

    def note(self, model_name: str, machine_seconds: float) -> None:
        self._recent.setdefault(model_name, deque(maxlen=_RECENT_TEXTS)).append(machine_seconds)

    def seconds_for(self, model_names: Iterable[str]) -> float | None:
        """For one text of each name. A model without finished texts is taken for the mean of all."""
        if not self._recent:
            return None
        means = {name: statistics.fmean(recent) for name, recent in self._recent.items()}
        overall = statistics.fmean(means.values())
        return sum(means.get(name, overall) for name in model_names)
