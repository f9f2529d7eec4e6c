"""Circuit breakers: a model that keeps failing is left alone for a while, and then tried once.

    closed ── failures in a row, or one hang ──▶ open ── pause over ──▶ half-open: one trial
       ▲                                           ▲                       │
       └────────────── success ───────────────┐    └──── failure: twice the pause
                                              └────────────────────────────┘

A breaker itself is pure and is told the time. All of them are kept in a file, because a model
that hangs takes the process with it, and the next process must know.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from generation.errors import ModelSuspended

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BreakerPolicy:
    """`failures_to_open` in a row open a breaker; the pause doubles with every opening in a row."""

    failures_to_open: int = 3
    first_pause: timedelta = timedelta(minutes=1)
    longest_pause: timedelta = timedelta(hours=1)

    def pause(self, openings: int) -> timedelta:
        doublings: int = min(openings - 1, 16)  # enough for any limit, and no overflow
        return min(self.first_pause * (1 << doublings), self.longest_pause)


@checked_dataclass(frozen=True)
class Breaker:
    """One model's record: failures in a row, openings in a row, and until when it is left alone."""

    failures: int = 0
    openings: int = 0
    open_until: AwareDatetime | None = None
    reason: str = ""

    def remaining(self, now: datetime) -> timedelta | None:
        """How long it stays open; None if a text may be tried."""
        return None if self.open_until is None or now >= self.open_until else self.open_until - now

    def trying(self, now: datetime, policy: BreakerPolicy) -> "Breaker":
        """Half-open: whoever came now is the one trial, the others go on waiting for what it shows.

        A trial that shows nothing, because its client left, makes room for another after a pause.
        """
        return self if self.open_until is None else replace(self, open_until=now + policy.first_pause)

    def failed(self, now: datetime, reason: str, policy: BreakerPolicy) -> "Breaker":
        failures = self.failures + 1
        if self.openings or failures >= policy.failures_to_open:
            return replace(self, failures=failures).opened(now, reason, policy)
        return replace(self, failures=failures, reason=reason)

    def opened(self, now: datetime, reason: str, policy: BreakerPolicy) -> "Breaker":
        openings = self.openings + 1
        return Breaker(self.failures, openings, now + policy.pause(openings), reason)


_RECORDS: TypeAdapter[dict[str, Breaker]] = TypeAdapter(dict[str, Breaker])


@dataclass
class Breakers:
    """The breakers of all models by name, kept in `state_file` if there is one. Safe in any thread."""

    state_file: Path | None = None
    policy: BreakerPolicy = field(default_factory=BreakerPolicy)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._breakers = _read(self.state_file) if self.state_file else {}

    def check(self, name: str) -> None:
        """Let a text for this model pass, or raise ModelSuspended. The first after a pause is its trial."""
        with self._lock:
            breaker, now = self._breakers.get(name), self.clock()
            if breaker is None:
                return
            remaining = breaker.remaining(now)
            if remaining is not None:
                raise _suspension(name, breaker, remaining)
            self._set(name, breaker.trying(now, self.policy))

    def suspended(self) -> dict[str, ModelSuspended]:
        """The models that are left alone now, with what whoever asks for them is told."""
        with self._lock:
            now = self.clock()
            remaining = {name: breaker.remaining(now) for name, breaker in self._breakers.items()}
            return {
                name: _suspension(name, self._breakers[name], left)
                for name, left in remaining.items()
                if left
            }

    def succeeded(self, name: str) -> None:
        """A text was written to its end: what was before is forgotten."""
        with self._lock:
            if self._breakers.pop(name, None) is not None:
                self._save()

    def failed(self, name: str, reason: str) -> ModelSuspended | None:
        """Count a failure; the error for others who wait for this model, if it is suspended now."""
        return self._worsen(name, lambda breaker, now: breaker.failed(now, reason, self.policy))

    def hung(self, name: str, reason: str) -> None:
        """Suspend at once: a hang costs everybody their texts, so nobody waits for a second one."""
        self._worsen(name, lambda breaker, now: breaker.opened(now, reason, self.policy))

    def _worsen(self, name: str, change: Callable[[Breaker, datetime], Breaker]) -> ModelSuspended | None:
        with self._lock:
            now = self.clock()
            breaker = change(self._breakers.get(name, Breaker()), now)
            self._set(name, breaker)
            remaining = breaker.remaining(now)
        if remaining is None:
            return None
        _log.warning("model suspended", model=name, reason=breaker.reason, seconds=remaining.total_seconds())
        return _suspension(name, breaker, remaining)

    def _set(self, name: str, breaker: Breaker) -> None:
        if self._breakers.get(name) != breaker:
            self._breakers[name] = breaker
            self._save()

    def _save(self) -> None:
        """Without a way to keep the records, they still hold for this process."""
        if self.state_file is None:
            return
        fresh = self.state_file.with_name(self.state_file.name + ".new")
        try:
            self.state_file.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(_RECORDS.dump_json(self._breakers, indent=2))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.state_file)
        except OSError as error:
            _log.warning("suspended models not kept", file=str(self.state_file), reason=str(error))


def _read(state_file: Path) -> dict[str, Breaker]:
    try:
        records: Any = state_file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        _log.warning("suspended models not read", file=str(state_file), reason=str(error))
        return {}
    try:
        return _RECORDS.validate_json(records)
    except ValidationError:
        _log.warning("suspended models not read", file=str(state_file), reason="the file is damaged")
        return {}


def _suspension(name: str, breaker: Breaker, remaining: timedelta) -> ModelSuspended:
    return ModelSuspended(name, breaker.reason, remaining.total_seconds())
