"""Whose joules: what the meters count while texts are written, shared among these texts.

    enter(key) ─▶ step … step ─▶ leave(key) ─▶ TextEnergy

An interval lasts from one arrival or departure to the next. Its energy, less what the idle machine
draws in that time, goes to the models in proportion to the seconds they had, and within a model to the
texts in proportion to the tokens read and written. Every meter is kept apart; a text's energy is taken
from the first one that saw all of it.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from generation.energy.meter import EnergyCount, EnergyMeter, Scope

IDLE_WINDOW_SECONDS = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TextEnergy:
    """What one text took. `joules` are above 0 and above what the idle machine draws.

    `idle_joules` is this text's share of the idle draw, which `joules` leaves out; None: the idle
    draw is not known, and `method` says so. `shared_by` counts the texts that were written at the
    same time at most, itself included.
    """

    joules: float
    scope: Scope
    method: str
    shared_by: int
    idle_joules: float | None = None


class EnergyLedger:
    """Called by the scheduler's thread; `note_idle` may come from another one.

    A meter that fails, or counts nothing under load, is unavailable for the texts of that time, and the
    next one in `meters` takes its place. The idle draw is the least that a meter saw in 5 s without texts.
    """

    def __init__(
        self, meters: Sequence[EnergyMeter] = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._meters = tuple(meters)
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._seconds: dict[str, float] = {}
        self._since = 0.0
        self._counts: list[EnergyCount | None] = []
        self._idle_watts: dict[str, float] = {}
        self._quiet: _Quiet | None = None

    @property
    def idle_watts(self) -> Mapping[str, float]:
        """What the idle machine draws, by method; only what was measured."""
        with self._lock:
            return dict(self._idle_watts)

    def enter(self, key: str, model: str, device: str) -> None:
        """A text joins its batch."""
        with self._lock:
            self._close_interval()
            self._entries[key] = _Entry(model, device, [_Share() for _ in self._meters])

    def step(self, model: str, seconds: float, tokens: Mapping[str, int]) -> None:
        """A step of `model` took `seconds`. `tokens`: how many each text has read and written so far."""
        with self._lock:
            self._seconds[model] = self._seconds.get(model, 0.0) + seconds
            for key, count in tokens.items():
                if key in self._entries:
                    self._entries[key].tokens = count

    def leave(self, key: str) -> TextEnergy | None:
        """A text has left its batch. None where no meter saw all of it, and for an unknown key."""
        with self._lock:
            if key not in self._entries:
                return None
            self._close_interval()
            return self._energy_of(self._entries.pop(key))

    def note_idle(self) -> None:
        """Called every few seconds: learn what is drawn if nothing was written since the last call."""
        with self._lock:
            if self._entries:
                self._quiet = None
                return
            now, counts = self._clock(), self._read()
            if self._quiet is not None:
                self._learn_idle(self._quiet, now, counts)
            self._quiet = _Quiet(now, counts)

    def close(self) -> None:
        for meter in self._meters:
            meter.close()

    def _learn_idle(self, quiet: "_Quiet", now: float, counts: Sequence[EnergyCount | None]) -> None:
        seconds = now - quiet.since
        for meter, before, after in zip(self._meters, quiet.counts, counts, strict=True):
            if before is None or after is None or seconds <= 0 or meter.scope is Scope.DECLARED:
                continue
            if not _comparable(before, after):
                continue
            watts = (after.joules - before.joules) / seconds
            self._idle_watts[meter.method] = min(watts, self._idle_watts.get(meter.method, watts))

    def _close_interval(self) -> None:
        """Share what was counted since the last arrival or departure, and begin anew."""
        self._quiet = None
        now, counts = self._clock(), self._read()
        if self._entries:
            for place, meter in enumerate(self._meters):
                seen = [entry for entry in self._entries.values() if meter.sees(entry.device)]
                self._share(place, meter, seen, counts[place], now - self._since)
        for entry in self._entries.values():
            entry.tokens_before = entry.tokens
        self._since, self._counts, self._seconds = now, counts, {}

    def _share(
        self,
        place: int,
        meter: EnergyMeter,
        entries: Sequence["_Entry"],
        after: EnergyCount | None,
        seconds: float,
    ) -> None:
        before = self._counts[place]
        shares = [entry.shares[place] for entry in entries]
        if after is None or before is None or not _comparable(before, after):
            for share in shares:
                share.is_whole = False
            return
        idle_joules = self._idle_watts.get(meter.method, 0.0) * seconds
        accelerated = (after.accelerator_joules or 0.0) - (before.accelerator_joules or 0.0)
        together = sum(entry.model in self._seconds for entry in entries)
        for share, part in zip(shares, self._parts(entries), strict=True):
            share.joules += part * (after.joules - before.joules)
            share.idle_joules += part * idle_joules
            share.accelerator_joules += part * accelerated
            share.tells_accelerator |= after.accelerator_joules is not None
            share.at_once = max(share.at_once, together)

    def _parts(self, entries: Sequence["_Entry"]) -> list[float]:
        """Each text's part of an interval; they sum to 1. By seconds among models, by tokens within one."""
        models = {entry.model for entry in entries}
        seconds = {model: self._seconds.get(model, 0.0) for model in models}
        tokens = {
            model: [entry.tokens - entry.tokens_before for entry in entries if entry.model == model]
            for model in models
        }
        return [
            _portion(seconds[entry.model], list(seconds.values()))
            * _portion(entry.tokens - entry.tokens_before, tokens[entry.model])
            for entry in entries
        ]

    def _energy_of(self, entry: "_Entry") -> TextEnergy | None:
        for meter, share in zip(self._meters, entry.shares, strict=True):
            joules = share.joules - share.idle_joules
            unseen = entry.device != "cpu" and share.tells_accelerator and share.accelerator_joules <= 0
            if not meter.sees(entry.device) or not share.is_whole or unseen or joules <= 0:
                continue
            shared_by = max(1, share.at_once)
            if meter.scope is Scope.DECLARED:
                return TextEnergy(joules, meter.scope, meter.method, shared_by)
            if meter.method not in self._idle_watts:
                return TextEnergy(joules, meter.scope, f"{meter.method}, idle not subtracted", shared_by)
            return TextEnergy(joules, meter.scope, meter.method, shared_by, share.idle_joules)
        return None

    def _read(self) -> list[EnergyCount | None]:
        return [self._read_one(meter) for meter in self._meters]

    def _read_one(self, meter: EnergyMeter) -> EnergyCount | None:
        try:
            return meter.read()
        except Exception as error:  # noqa: BLE001 - whatever a meter does, no text is lost for it
            _log.warning("an energy meter failed", meter=meter.method, reason=str(error))
            return None


def _comparable(before: EnergyCount, after: EnergyCount) -> bool:
    return before.beginning == after.beginning and before.joules <= after.joules


def _portion(one: float, all_of_them: Sequence[float]) -> float:
    """`one` as a part of the sum; equal parts where there is nothing to go by."""
    total = sum(all_of_them)
    return one / total if total > 0 else 1 / len(all_of_them)


@dataclass
class _Share:
    """What one meter counted for one text. Not whole: it was unavailable for some of the time."""

    joules: float = 0.0
    idle_joules: float = 0.0
    accelerator_joules: float = 0.0
    tells_accelerator: bool = False
    at_once: int = 0
    is_whole: bool = True


@dataclass
class _Entry:
    model: str
    device: str
    shares: list[_Share]
    tokens: int = 0
    tokens_before: int = 0


@dataclass(frozen=True)
class _Quiet:
    """The counts at the beginning of a time without texts."""

    since: float
    counts: list[EnergyCount | None] = field(default_factory=list)
